"""Bytes -> rows of text with their numbers, and the limits that keep any input bounded."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from sbv2cli.errors import ScriptError
from sbv2cli.readers.format import Head, ReaderOptions
from sbv2cli.readers.other_encodings import other_encoding
from sbv2cli.records import Finding, Source

MAX_ROW = 8 * 1024 * 1024  # characters of one physical line, or of one quoted record
MAX_DOCUMENT = 64 * 1024 * 1024  # bytes of a format that is read whole: JSON arrays, SSML
HEAD = 16 * 1024  # bytes by which a format is recognised
END = 4 * 1024  # and at its end
_CHUNK = 1024 * 1024

_BOMS = (
    # UTF-32 LE begins with the mark of UTF-16 LE, so it is asked first.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Bytes that Python's cp932 lets through although no character of that code page has them.
_NOT_CP932 = frozenset("\x80\xa0\uf8f0\uf8f1\uf8f2\uf8f3")
_REPLACED = "\ufffd"
_MARK = "\ufeff"
_END_OF_FILE = "\x1a"  # as editors of MS-DOS wrote it
_MOST_DAMAGE = 1000  # of so many characters one may be broken in a text that is read all the same
_FEW_DAMAGED = 3  # or so many in a short one
_TOLD = 20  # damaged characters with a finding each


def encoding_of(stream: BinaryIO, source_name: str, wanted: str = "auto") -> str:
    """The encoding of a stream, which is left at its beginning.

    A byte-order mark decides; else UTF-8 where all bytes are; else CP932, which Japanese Excel
    writes, where all bytes are and UTF-8 is not nearly right: a UTF-8 file with one broken byte
    must be an error, not a page of wrong characters. So is a text that is surely something else.
    """
    if wanted != "auto":
        return named_encoding(wanted)
    stream.seek(0)
    head = stream.read(4)
    stream.seek(0)
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    other = other_encoding(stream)
    if other is not None:
        raise ScriptError(
            "script.encoding",
            f"the text seems to be {other}, and not UTF-8 or CP932",
            at=source_name,
            hint=f"save the file as UTF-8, or name its encoding: --encoding {other}",
        )
    broken = _first_bad_byte(stream)
    stream.seek(0)
    if broken is None:
        return "utf-8"
    offset, row = broken
    if _is_cp932(stream):
        return "cp932"
    stream.seek(offset)
    byte = stream.read(1)[0]
    stream.seek(0)
    raise ScriptError(
        "script.encoding",
        f"byte {offset} (0x{byte:02x}) is not UTF-8",
        at=f"{source_name}:{row}",
        hint="save the file as UTF-8, or name its encoding: --encoding cp932",
    )


def head_of(stream: BinaryIO, source_name: str, wanted: str = "auto") -> Head:
    """The beginning and the end of a stream, which is left at its beginning."""
    encoding = likely_encoding_of(stream, source_name, wanted)
    stream.seek(0)
    data = stream.read(HEAD + 1)
    whole = len(data) <= HEAD
    try:
        text = _decoder(encoding, "ignore").decode(data[:HEAD])
    except UnicodeError as error:  # UTF-16 without its mark
        raise _wrong_encoding(error, encoding, source_name, 1) from None
    end = text
    if not whole:
        stream.seek(0, io.SEEK_END)
        stream.seek(max(stream.tell() - END, 0) & ~3)  # UTF-32 has four bytes a character
        # UTF-16 and UTF-32 say in their mark which byte of a character comes first.
        mark = next((mark for mark, _ in _BOMS if data.startswith(mark)), b"")
        end = _decoder(encoding, "ignore").decode(mark + stream.read(), final=True)
    stream.seek(0)
    return Head(name=source_name, encoding=encoding, text=text, whole=whole, end=end)


def likely_encoding_of(stream: BinaryIO, source_name: str, wanted: str = "auto") -> str:
    """The encoding of a stream that may hold a few broken bytes; it is left at its beginning.

    Most formats then refuse the bytes at their place; a book is read without them.
    """
    try:
        return encoding_of(stream, source_name, wanted)
    except ScriptError as error:
        if error.code != "script.encoding" or other_encoding(stream) is not None:
            raise
        damage = {name: _damage(stream, name) for name in ("utf-8", "cp932")}
        encoding = min(damage, key=lambda name: damage[name][0])
        if not _is_little(*damage[encoding]):
            raise
        return encoding


def _damage(stream: BinaryIO, encoding: str) -> tuple[int, int]:
    """(broken characters, all characters) of a stream, which is left at its beginning."""
    stream.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    broken = characters = 0
    while chunk := stream.read(_CHUNK):
        text = decoder.decode(chunk)
        broken += text.count(_REPLACED) + sum(map(text.count, _NOT_CP932))
        characters += sum(not character.isascii() for character in text)
    stream.seek(0)
    return broken, characters


def _is_little(broken: int, characters: int) -> bool:
    return broken * _MOST_DAMAGE <= characters or (
        broken <= _FEW_DAMAGED and broken * 20 < characters
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """The encoding of a text, and its broken bytes."""

    encoding: str
    findings: tuple[Finding, ...] = ()


def damaged_rows(
    stream: BinaryIO, source_name: str, options: ReaderOptions
) -> tuple[list[tuple[int, str]], Damage]:
    """(row from 1, line without its end) of a book, whose broken bytes are findings.

    Marks that end files or pages are left out. A book is read whole: its chapters show at its end.
    """
    encoding = likely_encoding_of(stream, source_name, options.encoding)
    if stream.seek(0, io.SEEK_END) > MAX_DOCUMENT:
        return list(rows(stream, source_name, options)), Damage(encoding=encoding)
    stream.seek(0)
    try:
        text = _decoder(encoding, "replace").decode(stream.read(), final=True)
    except UnicodeError as error:  # UTF-16 without its mark
        raise _wrong_encoding(error, encoding, source_name, 1) from None
    strangers = _NOT_CP932 if encoding == "cp932" else ()
    text = text.translate(
        {0: _REPLACED, 0x0C: None, 0x1A: None} | dict.fromkeys(map(ord, strangers), _REPLACED)
    )
    read: list[tuple[int, str]] = []
    findings: list[Finding] = []
    for row, line in enumerate(text.split("\n"), start=1):
        read.append((row, _bounded(line, source_name, row)))
        if _REPLACED in line and len(findings) < _TOLD:
            findings.append(
                _broken(
                    encoding, Source(path=source_name, row=row, column=line.index(_REPLACED) + 1)
                )
            )
    if not read[-1][1]:
        read.pop()
    if not _is_little(text.count(_REPLACED), len(text)):
        raise ScriptError(
            "script.encoding",
            f"{text.count(_REPLACED)} of {len(text)} characters are not"
            f" {encoding.removesuffix('-sig').upper()}",
            at=str(findings[0].at),
            hint="is this a book? name its encoding: --encoding cp932",
        )
    return read, Damage(encoding=encoding, findings=tuple(findings))


def _broken(encoding: str, at: Source) -> Finding:
    return Finding(
        code="script.broken-byte",
        severity="warning",
        message=f"here are bytes that are not {encoding.removesuffix('-sig').upper()}",
        at=at,
        hint="put the character that belongs here into the text",
    )


def _decoder(encoding: str, errors: str = "strict") -> io.IncrementalNewlineDecoder:
    # Not io.TextIOWrapper: it would close the stream of whoever stops reading in the middle.
    decoder = codecs.getincrementaldecoder(encoding)(errors=errors)
    return io.IncrementalNewlineDecoder(decoder, translate=True)


def named_encoding(wanted: str) -> str:
    """The codec that a person means."""
    try:
        name = codecs.lookup(wanted).name
        # Codecs that turn bytes into bytes (hex, zlib) are no encodings of text.
        "".encode(name)
    except (LookupError, ValueError):
        raise ScriptError(
            "script.encoding-unknown",
            f'there is no encoding "{wanted}"',
            hint="use utf-8, cp932, utf-16 or euc-jp",
        ) from None
    if name == "utf-8":
        return "utf-8-sig"
    return "cp932" if name == "shift_jis" else name


def _first_bad_byte(stream: BinaryIO) -> tuple[int, int] | None:
    """(offset, row) of the first byte that is not UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    offset, row = 0, 1
    while True:
        chunk = stream.read(_CHUNK)
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            # error.object is what was pending from the last chunk, then this one.
            row += error.object[: error.start].count(b"\n")
            return offset - pending + error.start, row
        if not chunk:
            return None
        row += chunk.count(b"\n")
        offset += len(chunk)


def _is_cp932(stream: BinaryIO) -> bool:
    """Whether all bytes are CP932 and most of the beyond-ASCII ones are not UTF-8."""
    japanese = codecs.getincrementaldecoder("cp932")()
    lenient = codecs.getincrementaldecoder("utf-8")(errors="replace")
    broken = whole = 0
    while True:
        chunk = stream.read(_CHUNK)
        try:
            text = japanese.decode(chunk, final=not chunk)
        except UnicodeDecodeError:
            return False
        if not _NOT_CP932.isdisjoint(text):
            return False
        as_utf8 = lenient.decode(chunk, final=not chunk)
        broken += as_utf8.count("\ufffd")
        whole += sum(not character.isascii() for character in as_utf8)
        if not chunk:
            return broken * 2 >= whole


def rows(stream: BinaryIO, source_name: str, options: ReaderOptions) -> Iterator[tuple[int, str]]:
    """(row from 1, line without its end) of a stream of text.

    Lines end at LF, CR LF or CR, as editors count them; not at the other separators of Unicode.
    """
    encoding = encoding_of(stream, source_name, options.encoding)
    stream.seek(0)
    decoder = _decoder(encoding)
    row, rest = 1, ""
    while True:
        chunk = stream.read(_CHUNK)
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeError as error:
            raise _wrong_encoding(error, encoding, source_name, row) from None
        *whole, rest = (rest + text).split("\n")
        for line in whole:
            yield row, _bounded(line, source_name, row)
            row += 1
        if not chunk:
            rest = rest.rstrip(_END_OF_FILE)
        if len(rest) > MAX_ROW or (rest and not chunk):
            yield row, _bounded(rest, source_name, row)
        if not chunk:
            return


def _bounded(line: str, source_name: str, row: int) -> str:
    """The row, if a script can hold it; without the marks of files that were joined."""
    line = line.lstrip(_MARK)
    if len(line) > MAX_ROW:
        raise ScriptError(
            "script.row-long",
            f"the row has more than {MAX_ROW:,} characters",
            at=f"{source_name}:{row}",
            hint="is this a script? break it into rows",
        )
    column = line.find("\0")
    if column >= 0:
        raise ScriptError(
            "script.nul",
            "the row holds a NUL character",
            at=f"{source_name}:{row}:{column + 1}",
            hint="is this a script? text in UTF-16 needs its byte-order mark",
        )
    return line


def document(stream: BinaryIO, source_name: str, options: ReaderOptions) -> str:
    """The whole of a text whose format cannot be read row by row; line ends are LF."""
    size = stream.seek(0, io.SEEK_END)
    if size > MAX_DOCUMENT:
        raise ScriptError(
            "script.document-long",
            f"the document has {size:,} bytes, more than {MAX_DOCUMENT:,}",
            at=source_name,
            hint="split it into several files",
        )
    return "\n".join(line for _, line in rows(stream, source_name, options))


def _wrong_encoding(error: UnicodeError, encoding: str, source_name: str, row: int) -> ScriptError:
    reason = str(error)
    if isinstance(error, UnicodeDecodeError):
        reason = error.reason
        row += error.object[: error.start].decode(encoding, "ignore").count("\n")
    return ScriptError(
        "script.encoding",
        f"the text is not {encoding.removesuffix('-sig').upper()}: {reason.lower()}",
        at=f"{source_name}:{row}",
        hint="save the file as UTF-8, or name its encoding: --encoding cp932",
    )
