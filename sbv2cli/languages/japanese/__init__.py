"""Japanese: the two modes behind one `read`."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sbv2cli.errors import ReadingError
from sbv2cli.languages.language import ReadOptions, without_ruby
from sbv2cli.records import Reading

UNREADABLE = frozenset({"reading.unreadable", "reading.character-skipped", "reading.compat"})
"""Findings that `ReadOptions.unreadable = "raise"` makes an error of."""


@dataclass(frozen=True, slots=True)
class Japanese:
    """Japanese text to phones. The engine and its dictionary come in with the first text."""

    code: str = "ja"

    def read(self, text: str, options: ReadOptions = ReadOptions()) -> Reading:  # noqa: B008  (frozen)
        """Read `text`. What cannot be read becomes a pause and a finding.

        Raises:
            ReadingError: the given reading is wrong; or something cannot be read, and
                `options.unreadable` is "raise".
        """
        reading = _read(text, options)
        if options.given:
            return _with_given(reading, options.given)
        if options.unreadable == "raise":
            _raise_unreadable(reading)
        return reading


JAPANESE = Japanese()


def _read(text: str, options: ReadOptions) -> Reading:
    if options.mode == "compat":
        from sbv2cli.languages.japanese.compat_reading import read_compat  # noqa: PLC0415  engine

        return without_ruby(read_compat(text), options.ruby)
    from sbv2cli.languages.japanese.reader import read_better  # noqa: PLC0415  engine

    doubts = options.doubts and not options.given
    return read_better(text, options.dictionary, options.ruby, doubts=doubts)


def _with_given(reading: Reading, given: str) -> Reading:
    """`reading` with what the author says: kana with accent marks, or a reading as JSON."""
    if given.lstrip().startswith("{"):
        from sbv2cli.languages.reading_json import loads  # noqa: PLC0415  rarely needed

        loaded = loads(given)
        if (loaded.language, loaded.text) != (reading.language, reading.text):
            raise ReadingError(
                "reading.other-text",
                f'the given reading is for another text, "{loaded.text[:40]}"',
                hint="make it anew: sbv2 check --show readings --json",
            )
        return replace(loaded, doubts=())  # a person has decided
    from sbv2cli.languages.japanese.corrections import apply_notation  # noqa: PLC0415  rarely needed

    spoken = apply_notation(reading, given)
    # What the automatic reading could not read has been read by a person.
    return replace(
        spoken, findings=tuple(one for one in reading.findings if one.code not in UNREADABLE)
    )


def _raise_unreadable(reading: Reading) -> None:
    for finding in reading.findings:
        if finding.code in UNREADABLE or finding.severity == "error":
            place = "" if finding.span is None else f"character {finding.span[0] + 1} of the text"
            raise ReadingError(finding.code, finding.message, at=place or None, hint=finding.hint)
