"""Blocks that at least two architectures use unchanged."""
