"""Which format a script has: by its suffix, by what formats recognise, else prose or a refusal.

What is sure wins over the suffix, the suffix over what is likely; but the suffix of a text says
little, for people save everything as `.txt`. What no format recognises is prose only if it neither
belongs to a tool that is not read nor looks like code.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import BinaryIO

from sbv2cli.errors import ScriptError
from sbv2cli.readers import READERS, SUFFIXES
from sbv2cli.readers.decode import head_of
from sbv2cli.readers.format import Evidence, Format, Head
from sbv2cli.readers.looks_like_code import refuse_code
from sbv2cli.readers.unsupported import AS_TEXT, refuse_content, refuse_magic, refuse_suffix
from sbv2cli.tables import resolve

PROSE = "text"
_MAGIC_BYTES = 64
_EPUB = b"mimetypeapplication/epub+zip"  # the first file of the zip, and what is in it
# Formats whose files hold what others put into them too: a map of a game is JSON, a page is XML.
_SHARED_SUFFIXES = frozenset({".json", ".xml"})


def load(name: str) -> Format:
    """The format of that name."""
    places = {known: row.place for known, row in READERS.items()}
    format_: Format = resolve(places, name, kind="format")
    return format_


def detect(stream: BinaryIO, source_name: str, encoding: str = "auto") -> tuple[str, str]:
    """(format, encoding) of a script, whose stream is left at its beginning.

    Raises:
        ScriptError: it has none that we read.
    """
    suffix = PurePath(source_name).suffix.lower()
    refuse_suffix(suffix, source_name)
    by_suffix = SUFFIXES.get(suffix)
    if by_suffix is not None and READERS[by_suffix].binary:
        return by_suffix, encoding
    stream.seek(0)
    beginning = stream.read(_MAGIC_BYTES)
    if _EPUB in beginning:
        return "epub", encoding
    refuse_magic(beginning, source_name)
    head = head_of(stream, source_name, encoding)
    return _format_of(head), head.encoding


def _format_of(head: Head) -> str:
    by_suffix = SUFFIXES.get(head.suffix)
    if not head.text.strip():
        return by_suffix or PROSE
    sure = _recognised(head, Evidence.SURE)
    if sure:
        return sure
    if by_suffix not in {None, PROSE}:
        if head.suffix in _SHARED_SUFFIXES:
            refuse_content(head)
        if by_suffix == "ssml" and head.suffix == ".xml":
            raise _not_ssml(head)
        return by_suffix
    refuse_content(head)
    likely = _recognised(head, Evidence.LIKELY)
    if likely:
        return likely
    refuse_code(head)
    return PROSE


def _recognised(head: Head, evidence: Evidence) -> str | None:
    """The first format in the table that is so sure."""
    asked = (name for name, row in READERS.items() if row.recognised)
    return next((name for name in asked if load(name).recognise(head) >= evidence), None)


def _not_ssml(head: Head) -> ScriptError:
    return ScriptError(
        "script.looks-like-markup",
        "this is XML and not SSML, whose outermost element is <speak>",
        at=head.name,
        hint=f"--from ssml speaks the text of all elements; {AS_TEXT}",
    )
