"""The measurements of the product: `python -m bench` (see docs/benchmarks.md)."""
