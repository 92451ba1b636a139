"""Releases: composed as a candidate, checked, verified in another process, switched in one step."""
