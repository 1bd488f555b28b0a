"""AIVM and AIVMX files: a voice in one file, with who made it and under which names."""
