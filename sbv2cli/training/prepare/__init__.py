"""Recordings and a transcript -> a dataset folder."""
