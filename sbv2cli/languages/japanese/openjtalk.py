"""The only door to OpenJTalk (pyopenjtalk-plus): text in, words and labels out.

Engine facts: the words' strings come back in full-width letters and may be rewritten (numerals,
variant kanji); spaces are left out. An instance locks itself, so each thread gets its own; the
dictionary is mapped from one file and shared.
"""

from __future__ import annotations

import io
import os
import re
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

LONGEST_CALL = 2700
"""Characters in one call that every build of the engine survives (a buffer of 8,192 bytes)."""


class EngineWord(NamedTuple):
    """One word as the engine sees it (an NJD node). Positional: it is also read from recordings.

    A tuple, as many are made: dozens for each line.
    """

    string: str  # full-width
    pos: str  # part of speech
    pron: str  # katakana, ’ after a devoiced mora; "、" "？" "！" for marks and unreadable words
    acc: int  # of the phrase, where a phrase begins here; else the word's own
    mora_size: int
    chain_flag: int  # 1: joined to the phrase before; 0 begins one; -1 the engine does not say
    chain_rule: str = "*"  # how the accent of what stands before changes
    orig: str = ""  # dictionary form
    detail: str = "*"  # finer part of speech
    name: str = "*"  # of the name of a person: 姓 or 名
    inflection: str = "*"  # 五段・カ行イ音便, 一段, 形容詞・イ段


# The engine's names of the fields of an `EngineWord`.
_FIELDS = itemgetter(
    "string", "pos", "pron", "acc", "mora_size", "chain_flag", "chain_rule", "orig", "pos_group1",
    "pos_group3", "ctype",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Label:
    """The fields of a full-context label that the reference uses; None where it says "xx"."""

    phone: str  # p3
    from_nucleus: int | None  # A1: mora of the phrase counted from the nucleus
    from_start: int | None  # A2: counted from the start of the phrase, 1-based
    from_end: int | None  # A3
    question: int | None  # E3, of the phrase before
    moras: int | None  # F1: moras in the phrase


@dataclass(frozen=True, slots=True)
class Analysis:
    """What the engine says about a text."""

    words: tuple[EngineWord, ...]
    features: Sequence[Any]  # the engine's own records, for `labels`


def analyse(text: str, *, plain: bool = False, guess_nani: bool = True) -> Analysis:
    """Words of `text`, which must be valid UTF-8 and at most `LONGEST_CALL` characters.

    Args:
        text: what to read.
        plain: leave out the reading and accent corrections that pyopenjtalk-plus adds.
        guess_nani: let it guess 何 (ナニ or ナン); its guess needs the package onnxruntime, and
            without it always says ナニ.
    """
    if not text:
        return Analysis((), ())
    features = _module().run_frontend(
        text, use_vanilla=plain, predict_nani=guess_nani, jtalk=_instance()
    )
    words = tuple(map(EngineWord._make, map(_FIELDS, features)))
    return Analysis(words, features)


def labels(analysis: Analysis) -> list[Label]:
    """Full-context labels of an analysis, as far as the reference reads them."""
    if not analysis.features:
        return []
    with _silent_errors():
        lines = _module().make_label(list(analysis.features), jtalk=_instance())
    return [_label(line) for line in lines]


_NUMBER = "([0-9xX-]+)"
_LABEL = re.compile(
    rf"-([^+]*)\+.*?/A:{_NUMBER}\+{_NUMBER}\+{_NUMBER}/.*?/E:[^!]*!{_NUMBER}_.*?/F:{_NUMBER}_"
)


def _label(line: str) -> Label:
    found = _LABEL.search(line)
    assert found
    phone, *numbers = found.groups()
    return Label(phone, *map(_number, numbers))


def _number(written: str) -> int | None:
    return None if "x" in written else int(written)


@cache
def _module() -> Any:
    # Without onnxruntime the package prints advice on stdout, which is ours for data.
    with redirect_stdout(io.StringIO()):
        import pyopenjtalk  # noqa: PLC0415  the dictionary code takes a quarter of a second
    return pyopenjtalk


_local = threading.local()


def _instance() -> Any:
    if not hasattr(_local, "engine"):
        module = _module()
        # The dictionary of the package, whatever OPEN_JTALK_DICT_DIR says: readings must not
        # depend on the environment.
        folder = Path(module.__file__).parent / "dictionary"
        _local.engine = module.OpenJTalk(dn_mecab=os.fsencode(folder))
    return _local.engine


_stderr_lock = threading.Lock()


@contextmanager
def _silent_errors() -> Iterator[None]:
    # The C library warns about pauses and long marks at the start of a text; both are ordinary.
    with _stderr_lock:
        sys.stderr.flush()
        kept = os.dup(2)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 2)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            os.close(nowhere)
