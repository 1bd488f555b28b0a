"""Sound as numpy arrays: levels, silence, joining. No files, no devices."""
