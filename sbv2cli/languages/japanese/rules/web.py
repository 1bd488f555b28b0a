"""Addresses of the web: what a person would say to another."""

from __future__ import annotations

import re

from sbv2cli.languages.japanese.rules.characters import before
from sbv2cli.languages.japanese.rules.latin import word_spans
from sbv2cli.languages.japanese.rules.letters import spelled
from sbv2cli.languages.japanese.rules.numerals import cardinal, digit_spans
from sbv2cli.languages.japanese.spans import SpokenSpan

_URL = re.compile(
    r"(?P<scheme>(?:https?|ftp)://)[0-9A-Za-z](?:[0-9A-Za-z\-._~:/?#@!$&*+,;=%]{0,2000}[0-9A-Za-z/])?"
)
_BARE = re.compile(
    r"(?:www\.)?(?:[0-9A-Za-z][0-9A-Za-z-]{0,62}\.){1,5}"
    r"(?:com|net|org|jp|io|dev|app|info|biz|edu|gov|tv|me|ai|co|us|uk)(?![0-9A-Za-z])"
    r"(?:/[0-9A-Za-z\-._~/?#=&%+]{0,500}(?<=[0-9A-Za-z/]))?"
)
_MAIL = re.compile(
    r"[0-9A-Za-z][0-9A-Za-z._%+-]{0,63}@(?:[0-9A-Za-z][0-9A-Za-z-]{0,62}\.){1,5}[A-Za-z]{2,12}"
)
_PIECE = re.compile(r"[A-Za-z]+|[0-9]+|.", re.DOTALL)
_MARKS = {
    ".": "ドット", "@": "アット", "/": "スラッシュ", "-": "ハイフン", "_": "アンダーバー",
    ":": "コロン", "?": "ハテナ", "=": "イコール", "&": "アンド", "#": "シャープ",
    "%": "パーセント", "+": "プラス", "〜": "チルダ", "~": "チルダ", "!": "ビックリ", ",": "カンマ",
    ";": "セミコロン", "*": "アスタリスク", "$": "ドル",
}  # fmt: skip


def address(flat: str, at: int, stop: int) -> list[SpokenSpan] | None:
    """https://example.com/a and info@example.com; the scheme is silent."""
    previous = before(flat, at)
    if previous and previous.isascii() and (previous.isalnum() or previous in "._%+-@"):
        return None
    mail = _MAIL.match(flat, at, stop)
    if mail:
        return _spell(flat, at, mail.end())
    url = _URL.match(flat, at, stop)
    if url:
        start = url.end("scheme")
        scheme = SpokenSpan(start=at, end=start, text="", kind="web")
        end = url.end() - 1 if flat[url.end() - 1] == "/" else url.end()
        tail = (
            [] if end == url.end() else [SpokenSpan(start=end, end=url.end(), text="", kind="web")]
        )
        return [scheme, *_spell(flat, start, end), *tail]
    bare = _BARE.match(flat, at, stop)
    return _spell(flat, at, bare.end()) if bare else None


def _spell(flat: str, at: int, end: int) -> list[SpokenSpan]:
    spans: list[SpokenSpan] = []
    for piece in _PIECE.finditer(flat, at, end):
        start, stop = piece.span()
        written = piece.group()
        if written[0] in "0123456789":
            if written[0] == "0" or len(written) > 4:
                spans += digit_spans(flat, start, stop, kind="web")
            else:
                spans.append(SpokenSpan(start=start, end=stop, text=cardinal(written), kind="web"))
        elif written.isalpha() and stop - start == 2 and before(flat, start) == ".":
            kana, accent = spelled(written)  # co.jp
            spans.append(
                SpokenSpan(start=start, end=stop, text=kana, kana=kana, accent=accent, kind="web")
            )
        elif written.isalpha():
            spans += word_spans(flat, start, stop)
        else:
            text = _MARKS.get(written, "")
            spans.append(
                SpokenSpan(start=start, end=stop, text=text, kana=text or None, kind="web")
            )
    return spans
