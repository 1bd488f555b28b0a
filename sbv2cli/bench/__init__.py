"""Measurements against the plain way, both in one run. Imported by `sbv2 bench` alone."""
