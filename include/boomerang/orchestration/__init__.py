"""Orchestration: Airflow around the pipeline's plain functions; nothing here knows how a step works."""
