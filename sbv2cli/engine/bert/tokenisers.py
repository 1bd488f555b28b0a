"""From text to the token ids of a published BERT, without its library.

Which tokeniser a folder needs is told by its files: `spm.model` is SentencePiece (English);
`vocab.txt` has one token per line, of which only single characters are used (Japanese, Chinese).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from sbv2cli import normal_form
from sbv2cli.errors import MachineError
from sbv2cli.tables import missing_extra


class Tokeniser(Protocol):
    """Text to ids, the marks at both ends included."""

    def ids(self, text: str) -> list[int]:
        """[CLS], one id for each token, [SEP]."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CharacterTokeniser:
    """One id for each character: the line on which it stands in vocab.txt, from 0."""

    vocabulary: Mapping[str, int]
    fold: Callable[[str], str]

    def ids(self, text: str) -> list[int]:
        """[CLS], one id for each character that is neither blank nor control, [SEP]."""
        unknown = self.vocabulary["[UNK]"]
        inner = [
            self.vocabulary.get(character, unknown)
            for character in self.fold(text)
            if not _vanishes(character)
        ]
        return [self.vocabulary["[CLS]"], *inner, self.vocabulary["[SEP]"]]


def _vanishes(character: str) -> bool:
    # Both published tokenisers drop blanks, control and unassigned characters, and U+FFFD.
    return character.isspace() or character == "\ufffd" or unicodedata.category(character)[0] == "C"


def fold_japanese(text: str) -> str:
    """Compatibility forms become plain ones; case is kept."""
    return normal_form.normalize("NFKC", text)


def fold_chinese(text: str) -> str:
    """Lower case, and no accents: the vocabulary was made of such text."""
    decomposed = normal_form.normalize("NFD", text.lower())
    return "".join(c for c in decomposed if unicodedata.category(c) != "Mn")


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceTokeniser:
    """SentencePiece pieces, by the model's own file."""

    processor: Any

    def ids(self, text: str) -> list[int]:
        """[CLS], the pieces, [SEP]."""
        first, last = (self.processor.PieceToId(mark) for mark in ("[CLS]", "[SEP]"))
        return [first, *self.processor.EncodeAsIds(text), last]


def kind_of(folder: Path, model_type: str) -> str | None:
    """The language that a model folder's tokeniser is made for, or None."""
    if (folder / "spm.model").is_file():
        return "en"
    if (folder / "vocab.txt").is_file():
        return {"deberta-v2": "ja", "bert": "zh"}.get(model_type)
    return None


def open_tokeniser(folder: Path, model_type: str) -> Tokeniser:
    """The tokeniser of a model folder."""
    kind = kind_of(folder, model_type)
    if kind == "en":
        return _open_pieces(folder / "spm.model")
    if kind is None:
        raise MachineError(
            "bert.vocabulary",
            "the folder has neither vocab.txt nor spm.model",
            at=str(folder),
            hint="fetch the whole model folder, not the weights alone",
        )
    # Not splitlines: some entries of the vocabularies are themselves Unicode line separators.
    lines = (folder / "vocab.txt").read_text(encoding="utf-8").rstrip("\n").split("\n")
    vocabulary = {line.rstrip("\r"): number for number, line in enumerate(lines)}
    absent = [mark for mark in ("[CLS]", "[SEP]", "[UNK]") if mark not in vocabulary]
    if absent:
        raise MachineError(
            "bert.vocabulary",
            f"has no {', '.join(absent)} among its {len(vocabulary)} entries",
            at=str(folder / "vocab.txt"),
            hint="fetch the file again",
        )
    return CharacterTokeniser(
        vocabulary=vocabulary, fold=fold_japanese if kind == "ja" else fold_chinese
    )


def _open_pieces(path: Path) -> PieceTokeniser:
    try:
        import sentencepiece  # noqa: PLC0415 - comes with the extra "en"
    except ModuleNotFoundError as error:
        raise missing_extra(error, what="the English BERT") from error
    try:
        return PieceTokeniser(processor=sentencepiece.SentencePieceProcessor(model_file=str(path)))
    except (OSError, RuntimeError) as error:
        raise MachineError(
            "bert.vocabulary", f"cannot be read: {error}", at=str(path), hint="fetch it again"
        ) from error
