"""Serving: reading releases, and nothing but releases."""
