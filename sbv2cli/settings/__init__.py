"""Settings: their table, how they are written, and which word on each of them holds."""
