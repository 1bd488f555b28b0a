"""Rendered lines -> long files: which lines and pauses, how loud, written, and measured again."""
