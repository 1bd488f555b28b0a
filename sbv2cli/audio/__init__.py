"""Sound as numpy arrays: levels, loudness, silence, joining. No files, no devices."""
