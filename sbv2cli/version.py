"""The version, alone in a file so that the build can read it without importing anything."""

VERSION = "0.1.0"  # by SemVer; `tools/changelog.py` writes it, and CITATION.cff with it
RELEASED = "2026-11-28"
