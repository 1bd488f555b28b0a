"""The names of `writers.audio` and `files` at their former place while importers move."""

from sbv2cli.files import disk_error, remove_parts, sha256_of, write_whole
from sbv2cli.writers.audio.encode import encode
from sbv2cli.writers.audio.formats import FORMATS, Encoding, check

__all__ = [
    "FORMATS",
    "Encoding",
    "check",
    "disk_error",
    "encode",
    "remove_parts",
    "sha256_of",
    "write_whole",
]
