"""Synthetic files with known answers: for the sample profile, the tests and the benchmarks. Labelled in every row."""
