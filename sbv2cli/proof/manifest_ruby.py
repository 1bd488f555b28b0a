"""The ruby of a row of the manifest, which anybody may have written."""

from __future__ import annotations

from collections.abc import Iterator

from sbv2cli.records import ManifestRow, Ruby


def ruby_of(row: ManifestRow, *, carried: bool) -> Iterator[Ruby]:
    """Ruby in the order of the text; what overlaps or leaves the text is left out.

    Args:
        row: of a manifest.
        carried: with readings from ruby over earlier occurrences of a word.
    """
    found: list[Ruby] = []
    for records, is_carried in ((row.ruby, False), (row.carried if carried else None, True)):
        for one in records or ():
            match one:
                case {"start": int(start), "end": int(end), "reading": str(reading)}:
                    found.append(Ruby(span=(start, end), reading=reading, carried=is_carried))
    position = 0
    for ruby in sorted(found, key=lambda one: one.span):
        start, end = ruby.span
        if position <= start < end <= len(row.text):
            yield ruby
            position = end
