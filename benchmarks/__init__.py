"""Measured against hand-written SQL on generated files: ``python -m benchmarks.run`` (``make bench``)."""
