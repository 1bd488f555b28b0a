"""Waveform -> files and manifest rows."""
