"""The names of `writers.audio` and `files` at their former place while importers move."""

from sbv2cli.writers.audio.encode import (
    FORMATS,
    Encoding,
    check,
    disk_error,
    encode,
    remove_parts,
    sha256_of,
    write_whole,
)

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
