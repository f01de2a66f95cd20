"""Benchmarks on the local cloud: `make bench`."""
