"""The only door to haqumei, the engine of the mode `better`: text in, words out.

Engine facts: it is Open JTalk with the dictionary of pyopenjtalk-plus and its corrections, written
anew in Rust. A word's string is what was written, in full-width letters; spaces are left out.
Threads may share one engine. At its first use it unpacks its dictionary (107 MB) into the user's
folder for caches, and maps it from there; it mends a file that was cut short.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple, cast

from sbv2cli.errors import MachineError
from sbv2cli.languages.japanese.openjtalk import EngineWord
from sbv2cli.patterns import lazy_pattern

_FIELDS = attrgetter(
    "string", "pos", "pron", "acc", "mora_size", "chain_flag", "chain_rule", "orig", "pos_group1",
    "pos_group3", "ctype",
)  # fmt: skip

# An `EngineWord` of its fields, without a call of Python: dozens are made for each line.
_word = cast("Callable[[tuple[Any, ...]], EngineWord]", partial(tuple.__new__, EngineWord))

# The marks that stand in our texts, as the engine's dictionary has them: after "," it takes
# 日 人 目 for counters (アア、ニンガ), after 、 it does not; after ！ and ？ it takes 紙 君 者 所
# 組 内 館 家 時 for suffixes (「集めるぜ！紙も」 シモ), after 。 it does not.
_MARKS = str.maketrans({",": "、", ".": "。", "!": "。", "?": "。", "'": "「", "-": "、"})


# Where a phrase begins it has 十二 as a name, and takes what is counted for a suffix (十二人 ジン,
# 十二部屋 ベヤ, 十二話 バナシ). Figures count, and come back as kanji.
_TWELVE = lazy_pattern(
    "(?:^|(?<=[、。「]))十二(?=[人名部着通色行画里町口歩玉樽張話反方組束手貫隻艘騎棟軒本枚冊個回番台匹頭羽])"
)


def analyse(text: str) -> list[EngineWord]:
    """Words of `text`, which must be valid UTF-8."""
    asked = in_full_marks(text)
    if "十二" in asked:
        asked = _TWELVE.sub("１２", asked)
    features = _engine().run_frontend(asked)
    return list(map(_word, map(_FIELDS, features)))


def in_full_marks(text: str) -> str:
    """`text` with the marks that dictionaries know, character for character."""
    return text.translate(_MARKS)


class Rival(NamedTuple):
    """Another reading of a stretch of a text; `cost` is what it costs the engine beyond its own."""

    start: int
    end: int
    kana: str
    cost: int = 0

    def moved(self, by: int) -> Rival:
        """The same in a longer text."""
        return self._replace(start=self.start + by, end=self.end + by)


_DEAREST, _MOST_RIVALS = 4000, 6  # costs go up to some ten thousand; beyond, readings are absurd


def rivals(text: str) -> list[Rival]:
    """Other ways through the engine's dictionary that read a stretch otherwise."""
    found = _engine().g2p_candidates(text, _candidate_options())
    if len(found.text) != len(text):  # places in it are not ours
        return []
    return [
        Rival(branch.char_span[0], branch.char_span[1], _kana_of(way), way.delta)
        for branch in found.branches
        for way in branch.alternatives[1:]
        if _kana_of(way) != _kana_of(branch.alternatives[0])
    ]


def _kana_of(way: Any) -> str:
    return "".join(node.pron for node in way.nodes).replace("’", "")


@cache
def _candidate_options() -> Any:
    from haqumei import CandidateOptions  # noqa: PLC0415  as below

    return CandidateOptions(
        max_delta=_DEAREST, max_alternatives_per_branch=_MOST_RIVALS, max_candidates=1
    )


@cache
def _engine() -> Any:
    import haqumei  # noqa: PLC0415  the library holds 60 MB of dictionary

    with _cache_folder():
        try:
            return haqumei.Haqumei(
                # Rules of ours do these before the engine sees the text.
                ignore_kaomoji=False,
                resolve_roman_numerals=False,
                resolve_number_identifiers=False,
                predict_kana_english=False,
            )
        except BaseException as error:
            if (
                type(error).__name__ != "PanicException"
            ):  # of the library; it can be named no other way
                raise
            raise MachineError(
                "reading.engine",
                "the dictionary of the Japanese engine (107 MB) cannot be unpacked",
                hint="set XDG_CACHE_HOME to a folder that can be written",
            ) from None


@contextmanager
def _cache_folder() -> Iterator[None]:
    """Where the user has no folder that can be written, the one for temporary files is used."""
    kept = os.environ.get("XDG_CACHE_HOME")
    if sys.platform != "linux" or _writable(Path(kept) if kept else Path.home() / ".cache"):
        yield
        return
    os.environ["XDG_CACHE_HOME"] = str(Path(tempfile.gettempdir()) / f"sbv2cli-{os.getuid()}")
    try:
        yield
    finally:
        os.environ.pop("XDG_CACHE_HOME")
        if kept is not None:
            os.environ["XDG_CACHE_HOME"] = kept


def _writable(folder: Path) -> bool:
    try:
        (folder / "haqumei").mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder / "haqumei", os.W_OK)
