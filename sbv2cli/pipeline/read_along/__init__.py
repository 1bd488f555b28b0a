"""A rendered EPUB 3 -> the same book with its sound: media overlays that light up what is said."""
