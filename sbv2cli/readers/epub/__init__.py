"""EPUB 2 and 3: the container, its table of contents, its lexicons, and the pages as lines."""
