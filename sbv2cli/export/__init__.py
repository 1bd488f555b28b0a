"""Voices into other formats."""
