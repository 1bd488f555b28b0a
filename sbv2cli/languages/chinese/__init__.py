"""Chinese: hanzi to the two symbols of each syllable. Needs the extra `zh`, and only on use."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sbv2cli.errors import ReadingError
from sbv2cli.languages.language import ReadOptions, without_ruby

if TYPE_CHECKING:
    from sbv2cli.records import Reading


AS_USUAL = ReadOptions()


@dataclass(frozen=True, slots=True)
class Chinese:
    """Reads Mandarin. A given reading is pinyin with tone numbers: "ni3 hao3"."""

    code: str = "zh"

    def read(self, text: str, options: ReadOptions = AS_USUAL) -> Reading:
        """Read a text.

        Raises:
            ReadingError: the given reading is not pinyin; or, where the options ask for it, the
                text has something that cannot be said.
            MachineError: the extra `zh` is not installed.
        """
        # Imported on use: jieba and pypinyin take a second, and only Chinese needs them.
        from sbv2cli.languages.chinese import better, reference  # noqa: PLC0415

        if options.given is not None:
            return better.read_given(text, options.given)
        read = reference.read if options.mode == "compat" else better.read
        reading = read(text)
        if options.unreadable == "raise":
            refuse(reading)
        if options.doubts and options.mode == "better":
            reading = replace(reading, doubts=better.doubts(reading.words))
        return without_ruby(reading, options.ruby)


def refuse(reading: Reading) -> None:
    """Raise what a reading would only have mentioned.

    Raises:
        ReadingError: something of the text is not said.
    """
    for finding in reading.findings:
        if finding.severity != "note":
            raise ReadingError("reading.unreadable", finding.message, hint=finding.hint)


CHINESE = Chinese()
