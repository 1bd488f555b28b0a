"""One file per command. Which exist is said in `cli/main.py`."""
