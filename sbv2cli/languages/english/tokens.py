"""The English BERT's tokens, grouped into words and laid over the text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from sbv2cli import normal_form
from sbv2cli.errors import MachineError
from sbv2cli.records import Span
from sbv2cli.tables import missing_extra

PUNCTUATION = frozenset("!?…,.'-")
WORD_BEGINS = "▁"
Chunk = tuple[str, ...]
"""The tokens of what stands between two blanks, or of a mark that ends it."""

MODEL_FILE = "spm.model"


def chunks(tokens: Sequence[str]) -> list[Chunk]:
    """The tokens by word; a mark inside a word (`don ' t`) belongs to it, not one at its end."""
    words: list[list[str]] = []
    for position, token in enumerate(tokens):
        if token.startswith(WORD_BEGINS):
            words.append([token.replace(WORD_BEGINS, "")])
        elif not words or (
            token in PUNCTUATION and _ends_word(tokens[position + 1 : position + 2])
        ):
            words.append([token])
        else:
            words[-1].append(token)
    return [tuple(word) for word in words]


def _ends_word(following: Sequence[str]) -> bool:
    return not following or following[0].startswith(WORD_BEGINS) or following[0] in PUNCTUATION


def between_blanks(tokens: Sequence[str]) -> list[Chunk]:
    """The tokens by what stands between two blanks, marks included."""
    words: list[list[str]] = []
    for token in tokens:
        if token.startswith(WORD_BEGINS) or not words:
            words.append([token.replace(WORD_BEGINS, "")])
        else:
            words[-1].append(token)
    return [tuple(word) for word in words]


def model_tokens(folder: Path, text: str) -> list[str]:
    """The tokens that the BERT in `folder` makes of a text.

    Raises:
        MachineError: its `spm.model` cannot be read, or the extra `en` is not installed.
    """
    pieces: list[str] = _processor(folder / MODEL_FILE).EncodeAsPieces(without_surrogates(text))
    return pieces


@lru_cache(4)
def _processor(path: Path) -> Any:
    try:
        import sentencepiece  # noqa: PLC0415 - comes with the extra "en"
    except ModuleNotFoundError as error:
        raise missing_extra(error, what="the English BERT") from error
    try:
        return sentencepiece.SentencePieceProcessor(model_file=str(path))
    except (OSError, RuntimeError) as error:
        raise MachineError(
            "bert.vocabulary", f"cannot be read: {error}", at=str(path), hint="fetch it again"
        ) from error


_TOKEN = re.compile(r"[^\W_]+|_|[^\w\s]")


def whole_word_tokens(text: str) -> list[str]:
    """Tokens without a model: every word one, every mark one. For voices without a BERT."""
    folded = normal_form.normalize("NFKC", text)
    tokens: list[str] = []
    for match in _TOKEN.finditer(folded):
        begins = match.start() == 0 or folded[match.start() - 1].isspace() or not tokens
        tokens.append((WORD_BEGINS if begins else "") + match[0])
    return tokens


def without_surrogates(text: str) -> str:
    """Lone surrogates are no text that a library for UTF-8 could take."""
    return text.encode("utf-8", "replace").decode("utf-8")


_REACH = 16  # characters looked ahead for a token whose characters the model has folded


def lay_over(text: str, tokens: Sequence[str]) -> list[Span]:
    """Where in `text` each token stands; the model folds characters, so some are only near."""
    folded = [
        (character, place)
        for place, original in enumerate(text)
        for character in normal_form.normalize("NFKC", original)
        if not character.isspace()
    ]
    letters = "".join(character for character, _ in folded)
    spans: list[Span] = []
    reached = 0
    for token in tokens:
        inner = token.replace(WORD_BEGINS, "")
        begin = letters.find(inner, reached, reached + len(inner) + _REACH) if inner else reached
        if begin < 0:
            begin = reached
        end = min(begin + len(inner), len(folded))
        if begin < end:
            spans.append((folded[begin][1], folded[end - 1][1] + 1))
        else:
            place = folded[begin][1] if begin < len(folded) else len(text)
            spans.append((place, place))
        reached = max(reached, end)
    return spans
