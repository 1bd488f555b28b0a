"""English: words to ARPAbet phones. Needs the extra `en`, and only on use.

A voice that listens to a BERT needs the phones counted out over that model's
tokens. They are made with its own `spm.model`, looked for in the folder given to `English`, else in
the one that the variable SBV2_BERT_EN names. Without it every word counts as one token: what is
said is the same, for the dictionaries are asked for whole words, and a voice without a language
model loses nothing. A voice with one would get features for the wrong words; so whoever reads for
such a voice adds `English.missing_tokeniser()` to the findings, and the engine refuses rows that
do not match.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sbv2cli.errors import ReadingError
from sbv2cli.languages.language import ReadOptions, without_ruby
from sbv2cli.records import Finding

if TYPE_CHECKING:
    from sbv2cli.records import Reading

AS_USUAL = ReadOptions()
FOLDER_VARIABLE = "SBV2_BERT_EN"


@dataclass(frozen=True, slots=True)
class English:
    """Reads English. A given reading is ARPAbet: "HH AH0 L OW1"."""

    code: str = "en"
    model_folder: Path | None = None  # of microsoft/deberta-v3-large, for its spm.model

    def read(self, text: str, options: ReadOptions = AS_USUAL) -> Reading:
        """Read a text.

        Raises:
            ReadingError: the given reading is not ARPAbet; or, where the options ask for it, the
                text has something that cannot be said.
            MachineError: the extra `en` is not installed, or spm.model cannot be read.
        """
        # Imported on use: numpy and the dictionaries, which only English needs.
        from sbv2cli.languages.english import better, reference  # noqa: PLC0415

        if options.given is not None:
            return better.read_given(text, options.given, self.tokenise)
        read = reference.read if options.mode == "compat" else better.read
        reading = read(text, self.tokenise)
        if options.unreadable == "raise":
            _refuse(reading)
        if options.doubts and options.mode == "better":
            reading = replace(reading, doubts=better.doubts(reading.words))
        return without_ruby(reading, options.ruby)

    def tokenise(self, text: str) -> Sequence[str]:
        """The tokens of a normalised text: the BERT's, else one for each word."""
        from sbv2cli.languages.english import tokens  # noqa: PLC0415

        folder = self.folder_with_tokeniser()
        if folder is None:
            return tokens.whole_word_tokens(text)
        return tokens.model_tokens(folder, text)

    def folder_with_tokeniser(self) -> Path | None:
        """The BERT's folder, if there is one and it has the tokeniser's file."""
        named = os.environ.get(FOLDER_VARIABLE)
        folder = self.model_folder or (Path(named) if named else None)
        return folder if folder is not None and (folder / "spm.model").is_file() else None

    def missing_tokeniser(self) -> Finding | None:
        """What to tell before reading for a voice that listens to the English BERT."""
        if self.folder_with_tokeniser() is not None:
            return None
        return Finding(
            code="english.tokeniser-missing",
            severity="error",
            message="this voice needs the tokeniser of the English BERT (spm.model)",
            hint=f"set {FOLDER_VARIABLE} to the folder of microsoft/deberta-v3-large",
        )


def _refuse(reading: Reading) -> None:
    for finding in reading.findings:
        if finding.severity != "note":
            raise ReadingError("reading.unreadable", finding.message, hint=finding.hint)


ENGLISH = English()
