"""Encodings that a text has and that are not guessed, told by its bytes so that it can be refused.

EUC-JP, Big5 and their kin are often CP932 too, as half-width katakana that nobody means, and
ISO-2022-JP is ASCII: read as such they would be spoken, as noise.
"""

from __future__ import annotations

import codecs
import re
from typing import BinaryIO

from sbv2cli.patterns import lazy_pattern

_LOOKED_AT = 64 * 1024  # bytes
_ESCAPES = (b"\x1b$B", b"\x1b$@", b"\x1b(I")
_KANA = lazy_pattern("[ぁ-ゖァ-ヺー]")
_NARROW = lazy_pattern("[ｦ-ﾟ]+")  # letters alone: ･ and ｡ stand between other characters too
_SHARE = 0.2  # of the letters of a Japanese text are kana, at least
_FEW = 0.02  # of those of a text in another encoding are kana in CP932, at most
_TEXT = lazy_pattern("[\t\n\r -~\u3000-\u30ff\u4e00-\u9fff\uff01-\uff9f…―‘’“”→]")
_KANJI = lazy_pattern("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002ffff]")
_MOSTLY = 0.9
_RUNS, _RUN = 3, 1.5  # runs of half-width katakana; their mean length in words is more


def other_encoding(stream: BinaryIO) -> str | None:
    """The encoding of a text that is neither UTF-8 nor CP932; `None` where that is not sure.

    The stream is left at its beginning.
    """
    stream.seek(0)
    data = stream.read(_LOOKED_AT)
    stream.seek(0)
    if data.isascii():
        return "iso2022_jp" if any(mark in data for mark in _ESCAPES) else None
    if _decoded(data, "utf-8") is not None:
        return None
    for name in ("utf-16-le", "utf-16-be"):
        if _is_utf_16(_decoded(data, name)):
            return name
    japanese = _decoded(data, "cp932")
    if japanese is not None and _share(_KANA, japanese) > _FEW:
        return None
    found = _japanese(data, cp932=japanese is not None)
    if found is not None:
        return found
    return _chinese(data) if japanese is not None and _is_noise(japanese) else None


def _decoded(data: bytes, encoding: str) -> str | None:
    """A text whose end may be cut off; `None` where the bytes are not of that encoding."""
    try:
        return codecs.getincrementaldecoder(encoding)().decode(data)
    except UnicodeDecodeError:
        return None


def _share(wanted: re.Pattern[str], text: str) -> float:
    letters = sum(not character.isascii() for character in text)
    return len(wanted.findall(text)) / max(letters, 1)


def _japanese(data: bytes, *, cp932: bool) -> str | None:
    """EUC-JP, or the larger Shift_JIS where bytes are none of CP932."""
    euc = _decoded(data, "euc_jp")
    if euc is not None and _share(_KANA, euc) >= _SHARE:
        return "euc-jp"
    text = None if cp932 else _decoded(data, "shift_jis_2004")
    if text is None or _share(_KANA, text) < _SHARE:
        return None
    # And no broken text in CP932: what it has beyond is kanji.
    beyond = _TEXT.sub("", text)
    few = len(beyond) <= (1 - _MOSTLY) * len(text)
    return "shift_jis_2004" if few and not _KANJI.sub("", beyond) else None


def _is_utf_16(text: str | None) -> bool:
    """Whether bytes make Japanese in UTF-16; CP932 makes ideographs alone of them."""
    if not text or len(_TEXT.findall(text)) < _MOSTLY * len(text):
        return False
    return _share(_KANA, text) >= _SHARE


def _is_noise(japanese: str) -> bool:
    """Whether half-width katakana stand singly among other letters, as in no Japanese text."""
    runs = _NARROW.findall(japanese)
    return len(runs) >= _RUNS and sum(map(len, runs)) < _RUN * len(runs)


def _chinese(data: bytes) -> str | None:
    """Big5 has characters whose second byte is ASCII, GB 2312 has none."""
    narrow = re.search(rb"[\xa4-\xf9][\x40-\x7e]", data) is not None
    names = ("big5", "gb18030") if narrow else ("gb18030", "big5")
    return next((name for name in names if _decoded(data, name) is not None), None)
