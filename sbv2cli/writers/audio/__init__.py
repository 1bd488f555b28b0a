"""Sound -> files of sound, and back: formats, sinks that take blocks, sources that give them."""
