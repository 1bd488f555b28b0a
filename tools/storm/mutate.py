"""Real samples, made wrong: bytes and JSON values changed by a generator of random numbers."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

PIECES = [
    # What steers readers, so that a mutant gets past its first row.
    *(b'"', b"'", b",", b"\t", b";", b"\n", b"\r", b"\r\n", b"\0", b"\x1b[2J", b"\x85", b"\xff"),
    *(b"\xef\xbb\xbf", b"\xff\xfe", b"{", b"}", b"[", b"]", b":", b"null", b"true", b"NaN"),
    *(b"1e999", b"-1", b"9" * 30, b"9" * 5000, b"0x", b"\\u0000", b"\\ud800", b"\\", b"=", b"#"),
    *(b"--", b"/*", b"<speak>", b"</speak>", b"<s>", b"</s>", b'<break time="1s"/>'),
    *(b'<prosody rate="1e9">', b"</prosody>", b"<!DOCTYPE a>", b"&amp;", b"&x;", b"&#0;"),
    *(b"&#x110000;", b"<!--", b"<![CDATA[", b"<?xml version='1.0' encoding='utf-7'?>"),
    *(b"<ruby>", b"<rt>", b"</ruby>", b"<a href='../..'>", b"id,text\n", b"text\tid\n"),
    *(b"Identifier\t", b"Dialogue\t", b"{{", b"${x}", b"%s", b"{0!r:>9}", b"../", b"C:\\", b"CON"),
    *(b"nul.wav", b"~", b"$(id)", b"`", b"-rf", b"@"),
    *(p.encode() for p in ("今日は。", "｜", "《", "》", "［＃", "］", "※", "「", "」", "、")),
    *(p.encode() for p in ("。", "…", "ハ'シ", "ー", "ッ", "ン", "/", "？", "！", "々", "〇")),
    *(p.encode() for p in ("一二三", "㌔", "①", "\u0301" * 40, "\u202e", "\u200b", "\ufeff", "😀")),
    *(p.encode() for p in ("🇯🇵", "\U000e0067", "ﷺ", "2024/13/99", "25:61", "¥1,0,0", "3.14.15")),
    *(p.encode() for p in ("１２３４", "10^9", "-0")),
    *("日本".encode(name) for name in ("cp932", "euc-jp", "utf-16")),
]  # fmt: skip
VALUES: list[Callable[[], Any]] = [
    lambda: None, lambda: True, lambda: 0, lambda: -1, lambda: 10**9, lambda: 10**30, lambda: 1e308,
    lambda: float("nan"), lambda: float("inf"), lambda: "", lambda: "x", lambda: "あ" * 300,
    lambda: "\0", lambda: "\ud800", lambda: "../../x", list, dict, lambda: [[]],
    lambda: {"a": {"b": []}}, lambda: [1, "a", None], lambda: "1", lambda: "1e999", lambda: 0.5,
]  # fmt: skip
_MOST = 6
_LONGEST = 1500  # bytes of a sample that are used at a time


def some_of(sample: bytes, pick: Random, most: int = _LONGEST) -> bytes:
    """A sample, or its beginning with a piece from further on."""
    if len(sample) <= most:
        return sample
    head = pick.randrange(most)
    start = pick.randrange(len(sample) - most)
    return sample[:head] + sample[start : start + most - head]


def mutated(sample: bytes, pick: Random, others: Sequence[bytes] = ()) -> bytes:
    """A few changes of bytes."""
    data = bytearray(sample)
    for _ in range(pick.randint(1, _MOST)):
        at, to = sorted((pick.randint(0, len(data)), pick.randint(0, len(data))))
        way = pick.randrange(10)
        if way <= 3:
            data[at:at] = pick.choice(PIECES)
        elif way == 4:
            data[at:to] = pick.choice(PIECES)
        elif way == 5:
            del data[at : min(to, at + 40)]
        elif way == 6:
            data[at:at] = data[at : min(to, at + 200)]
        elif way == 7 and data:
            data[min(at, len(data) - 1)] ^= 1 << pick.randrange(8)
        elif way == 8 and others:
            data[at:at] = some_of(pick.choice(others), pick, 200)
        else:
            del data[to:]
    return bytes(data)


def mutated_json(document: Any, pick: Random) -> Any:
    """A few values, keys and members changed, in a copy."""
    document = json.loads(json.dumps(document))
    for _ in range(pick.randint(1, 3)):
        places = list(_places(document))
        if not places:
            return pick.choice(VALUES)()
        holder, key = pick.choice(places)
        way = pick.randrange(6)
        if way == 0:
            del holder[key]
        elif way == 1 and isinstance(holder, dict):
            holder[pick.choice(("x", "", "あ", str(key).upper()))] = holder[key]
        elif way == 2:
            other, place = pick.choice(places)
            with_value = other[place] if _has(other, place) else None
            holder[key] = json.loads(json.dumps(with_value))
        elif way == 3 and isinstance(holder[key], int | float):
            holder[key] *= pick.choice((-1, 0, 2, 1000, 0.5))
        else:
            holder[key] = pick.choice(VALUES)()
    return document


def _has(holder: Any, key: Any) -> bool:
    return key in holder if isinstance(holder, dict) else key < len(holder)


def _places(document: Any) -> Sequence[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    todo = [document]
    while todo:
        holder = todo.pop()
        keys = (
            holder
            if isinstance(holder, dict)
            else range(len(holder))
            if isinstance(holder, list)
            else ()
        )
        for key in keys:
            found.append((holder, key))
            if isinstance(holder[key], dict | list):
                todo.append(holder[key])
    return found


def json_bytes(document: Any, pick: Random) -> bytes:
    """JSON as some program would write it."""
    ascii_only = pick.random() < 0.3
    text = json.dumps(document, ensure_ascii=ascii_only, indent=pick.choice((None, None, 1)))
    return text.encode("utf-8", "surrogatepass")


def mutated_zip(sample: bytes, pick: Random, others: Sequence[bytes] = ()) -> bytes:
    """A zip with one member changed; seldom the bytes of the zip itself."""
    if pick.random() < 0.2:
        return mutated(sample, pick)
    with zipfile.ZipFile(io.BytesIO(sample)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    chosen = pick.choice(sorted(members))
    if pick.random() < 0.1:
        del members[chosen]
    else:
        members[chosen] = mutated(members[chosen], pick, others)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data)
    return out.getvalue()
