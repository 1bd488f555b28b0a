"""Rows of a sheet that may be nobody's speech, as a column says that we do not use.

Sheets of games hold sounds, choices and notes between the lines, told by a column such as 種別, and
lines that are not recorded, told by one such as 収録. What the author means by it is not guessed:
the text is spoken, and a warning says how to leave such rows out.
"""

from __future__ import annotations

from functools import lru_cache

from sbv2cli.patterns import lazy_pattern
from sbv2cli.readers.cells import LineCells, fold_header

_KIND = frozenset(
    fold_header(name)
    for name in (
        "種別", "種類", "行種別", "タイプ", "区分", "分類", "コマンド", "type", "kind", "line_type",
        "row_type", "entry_type", "category", "command", "cmd",
    )
)  # fmt: skip
_NO_SPEECH = frozenset(
    fold_header(name)
    for name in (
        "SE", "BGM", "ME", "BGS", "BG", "CG", "効果音", "音楽", "環境音", "背景", "演出", "ト書き",
        "選択肢", "分岐", "choice", "choices", "option", "select", "selection", "menu", "コメント",
        "comment", "メモ", "memo", "note", "備考", "指示", "システム", "system", "UI", "コマンド",
        "command", "ラベル", "label", "jump", "wait", "sound", "music", "sfx", "見出し",
        "stage direction", "direction",
    )
)  # fmt: skip
_VOICED = lazy_pattern(
    r"収録|録音|要収録|収録対象|(?:収録|録音|音声|ボイス|cv|voice)の?(?:有無|要否|可否|対象|あり|有り?)"
    r"|(?:is|has)?voiced?|(?:has|needs?)voice|voiced?flag|torecord"
)
_NO = frozenset(
    fold_header(word)
    for word in (
        "×", "✕", "✖", "✗", "no", "n", "なし", "無し", "無", "ない", "不要", "否", "false", "0",
        "対象外", "収録なし", "収録無し", "ボイスなし", "none",
    )
)  # fmt: skip
_NOTHING = frozenset(
    fold_header(word)
    for word in (
        "-",
        "－",
        "ー",
        "―",
        "—",
        "×",
        "/",
        "N/A",
        "なし",
        "無し",
        "(なし)",
        "セリフなし",
        "台詞なし",
        "(セリフなし)",
        "(台詞なし)",
        "欠番",
        "(欠番)",
        "没",
        "ボツ",
        "未定",
        "TBD",
        "TODO",
        "null",
        "none",
    )
) | {""}  # of hyphens nothing is left
_LONG = 12
_TAKEN_OUT = ("//", ";", "；")


def tell(row: LineCells) -> None:
    """Warn of a row that a column calls no speech, or whose id stands behind a comment's mark."""
    skip = row.cells.get("skip")
    text = row.cells.get("text")
    if text is None or not text.value or (skip is not None and skip.value not in (None, "")):
        return
    for header, value in row.meta.items():
        if not _says_no(header, value):
            continue
        row.complain(
            "script.not-for-voice",
            f'the column "{header[:40]}" says "{value[:40]}" of this row, and its text is spoken',
            "text",
            severity="warning",
            hint=f"to render without such rows: --select 'meta.{header}!={value}'",
        )
        return
    if isinstance(text.value, str) and len(text.value) < _LONG and _says_nothing(text.value):
        row.complain(
            "script.not-for-voice",
            f'the text "{text.value.strip()}" may mean that there is none, and it is spoken',
            "text",
            severity="warning",
            hint="leave the cell blank, or write yes or no into a column skip",
        )
        return
    identity = row.cells.get("id")
    if identity is not None and str(identity.value or "").startswith(_TAKEN_OUT):
        row.complain(
            "script.not-for-voice",
            f'the id "{str(identity.value)[:40]}" begins as a comment does, and the row is spoken',
            "id",
            severity="warning",
            hint="take the row out, or write yes into a column skip",
        )


def _says_no(header: str, value: str) -> bool:
    what = _asked(header)
    return what is not None and fold_header(value) in what


def _says_nothing(text: str) -> bool:
    return bool(text.strip()) and fold_header(text) in _NOTHING


@lru_cache(maxsize=1000)
def _asked(header: str) -> frozenset[str] | None:
    """The values of a column that call a row no speech; `None` where it says nothing of it."""
    name = fold_header(header)
    if name in _KIND:
        return _NO_SPEECH
    return _NO if _VOICED.fullmatch(name) else None
