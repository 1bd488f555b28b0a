"""Readings beside a corpus that knows them: what is right, what is wrong, how fast."""
