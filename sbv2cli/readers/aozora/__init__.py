"""Aozora Bunko texts: frame, notes, gaiji, ruby and headings."""
