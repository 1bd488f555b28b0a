"""Names in rows of their own, above what is said: 【太郎】, and [太郎], a macro of another file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from sbv2cli.readers.named_speech import is_somebody

PLATE_ABOVE = re.compile(r"【([^【】\n]{1,20})】\s*")
_ALONE = re.compile(r"\s*\[([^\s\[\]=\"']{1,20})\]\s*(?:\[(?:r|l|lr)\])?\s*")
_QUOTATION = tuple("「『（(")
# What macros with Japanese names do, where they name nobody.
_EFFECT = re.compile(
    r".*(?:転換?|回想|演出|消[去す]|表示|開始|終了|停止|再生|待ち?|改[行頁]|改ページ|背景|立ち絵|画面"
    r"|効果音?|音楽|曲|揺れ|フラッシュ|フェード|ウェイト|クリック|場面|シーン|窓|枠|処理|設定|変更)"
    r".*|[暗明]転?|黒|白"
)


def names_above(rows: Iterable[str]) -> frozenset[str]:
    """The tags that each time stand alone in a row above a quotation, as names do.

    An effect, [暗転], stands above narration too.
    """
    quoted: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    waiting: str | None = None
    for row in rows:
        plain = row.strip()
        if not plain or plain.startswith(";"):
            continue
        if waiting is not None:
            quoted[waiting] += plain.startswith(_QUOTATION)
        found = _ALONE.fullmatch(plain)
        waiting = None
        if found is not None and not found[1].isascii() and _is_name(found[1].strip("【】")):
            waiting = found[1]
            alone[waiting] += 1
    return frozenset(name for name, count in alone.items() if quoted[name] == count)


def _is_name(written: str) -> bool:
    return bool(written) and is_somebody(written) and _EFFECT.fullmatch(written) is None
