"""Measurements against the baseline, both in one run. Imported by `sbv2 bench` alone."""
