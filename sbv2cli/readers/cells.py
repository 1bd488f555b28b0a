"""A row of a table, a JSON object or a manifest on its way to becoming a line."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sbv2cli.records import Finding, Severity, Source
from sbv2cli.units import text

LINE_ALIASES: Mapping[str, tuple[str, ...]] = {
    "id": (
        "key", "identifier", "line_id", "識別子", "ボイスID", "音声ID", "セリフID", "台詞ID",
        "ボイスNo", "ボイス番号", "セリフ番号", "台詞番号", "台本No", "台本番号", "voice_id",
        "voice_no", "audio_id", "text_id", "message_id", "string_id", "テキストID", "メッセージID",
        "ラインID", "収録番号", "管理番号", "整理番号", "通し番号", "通しNo", "セリフNo", "台詞No",
        "ID番号", "行番号", "番号", "No",
    ),
    "text": (
        "dialogue", "dialog", "line", "sentence", "source", "source_string", "spoken_dialogue",
        "セリフ", "せりふ", "台詞", "本文", "セリフ内容", "台詞内容", "セリフ本文", "台詞本文",
        "セリフテキスト", "台詞テキスト", "発話内容", "発話", "ダイアログ", "line_text", "テキスト",
        "文", "文章", "message_text", "dialogue_text", "dialog_text", "message", "メッセージ",
    ),
    "ruby": (),
    "carried": (),
    "reading": (
        "yomi", "kana", "読み", "よみ", "ヨミ", "読み仮名", "読みがな", "よみがな", "ヨミガナ",
        "読み方", "ふりがな", "フリガナ", "振り仮名",
    ),
    "lang": ("language", "言語"),
    "character": (
        "who", "character_name", "char_name", "キャラ", "キャラ名", "キャラクター",
        "キャラクター名", "キャラクタ", "キャラクタ名", "話者", "話者名", "話し手", "話し手名",
        "発言者", "発言者名", "発話者", "発話者名", "登場人物", "登場人物名", "人物", "人物名",
        "役", "役名", "配役", "name", "名前", "talker",
    ),
    "voice": ("model", "音声", "ボイス", "声"),
    "speaker": ("speaker_name", "スピーカー"),
    "speaker_id": (),
    "style": ("emotion", "スタイル", "感情"),
    "style_weight": ("style_strength", "styleWeight", "スタイルの強さ", "感情の強さ"),
    "speed": ("speech_rate", "speaking_rate", "速度", "話速", "速さ"),
    "length_scale": ("length",),
    "pitch": ("ピッチ", "音高", "高さ"),
    "intonation": ("抑揚",),
    "volume": ("gain", "音量"),
    "sdp_ratio": ("sdp", "sdpRatio", "テンポの緩急"),
    "noise": ("noise_scale",),
    "noise_w": ("noisew", "noise_scale_w"),
    "steps": ("n_timesteps",),
    "temperature": (),
    "seed": ("シード",),
    "take": ("テイク",),
    "assist_text": ("assistText",),
    "assist_weight": ("assist_text_weight", "assistTextWeight"),
    "bert_scale": (),
    "pause_before": ("前の間", "前ポーズ"),
    "pause_after": ("pause", "silence_after", "間", "後の間", "後ポーズ"),
    "chapter": ("章", "章番号", "チャプター"),
    "chapter_title": ("章題", "章タイトル", "章名", "チャプター名"),
    "heading": (),
    "level": (),
    "scene": ("scene_name", "シーン", "シーン名", "シーン番号", "シーンNo", "場面", "場面名"),
    "paragraph": ("段落",),
    "file": (
        "filename", "file_name", "output_file", "AudioFileName", "audio_file", "voice_file",
        "voice_file_name", "wav", "wav_file", "wav_file_name", "wav_name", "ボイスファイル名",
        "ボイスファイル", "音声ファイル名", "音声ファイル", "WAVファイル名", "WAVファイル", "WAV名",
        "出力ファイル名", "出力ファイル", "ボイスファイルパス", "音声ファイルパス", "ファイルパス",
        "ボイスパス", "ファイル名", "ファイル",
    ),
    "skip": ("スキップ", "除外", "対象外", "収録不要", "ボイスなし", "ボイス無し"),
    "imported": (),
}  # fmt: skip
"""Our key -> what else people call it, the surest first.

Case, width, blanks, hyphens, underscores and a dot at the end do not count.
"""

META = "meta."
"""Before the header of a column that is carried along, whatever it is called."""

HEADER_ROWS = 30  # among which the header of a table is looked for

# Normalising takes time with the square of a run of combining marks.
LONGEST_HEADER = 200


def fold_header(header: str) -> str:
    """A header without differences of case, width, blanks, hyphens, underscores, # and last dot."""
    folded = unicodedata.normalize("NFKC", header[:LONGEST_HEADER]).casefold()
    return re.sub(r"[\s_\-]+", "", folded).removesuffix(".").removeprefix("#")


_NAMES = [(key, (key, *names)) for key, names in LINE_ALIASES.items()]
KEY_OF = {fold_header(name): key for key, names in _NAMES for name in names} | {
    # `rate` is a speed in a script, as in SSML; the sampling rate is a matter of the run.
    "rate": "speed",
}
RANK_OF = {fold_header(name): rank for _, names in _NAMES for rank, name in enumerate(names)}
"""Of two headers that could mean one key, the lower is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A value of a row and where it stands."""

    value: Any
    at: Source


@dataclass(slots=True)
class LineCells:
    """A row on its way to becoming a line."""

    number: int
    source: Source
    cells: Mapping[str, Cell]  # our key -> cell
    meta: Mapping[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    values: list[str] | None = None  # that a game fills in; None: nobody knows how they look

    def complain(
        self, code: str, message: str, key: str | None = None, *, hint: str | None = None,
        severity: Severity = "error",
    ) -> None:  # fmt: skip
        """Note what is wrong with the row, or with one of its cells."""
        at = self.cells[key].at if key and key in self.cells else self.source
        # A value that is quoted may hold half of a character.
        message = message.encode("utf-8", "backslashreplace").decode()
        self.findings.append(
            Finding(code=code, severity=severity, message=message, hint=hint, at=at)
        )

    def holds(self, values: Iterable[str]) -> None:
        """Note what a game fills into the text, each as it is written there, in order.

        A format that knows how its tool writes values says so also where there are none.
        """
        self.values = [*(self.values or ()), *values]

    def text(self, key: str) -> str | None:
        """A cell as text; `None` where there is nothing in it."""
        cell = self.cells.get(key)
        if cell is None or cell.value is None:
            return None
        if not isinstance(cell.value, str | int | float) or isinstance(cell.value, bool):
            self.complain("script.value", f"{key} is {kind_of(cell.value)}, not text", key)
            return None
        try:
            written = text(cell.value)
        except ValueError as error:
            self.complain("script.value", f"{key} is {error}", key)
            return None
        return self.clean(written, key) or None

    def clean(self, written: str, key: str) -> str:
        """Text without the characters that no file can hold."""
        if "\0" in written:
            self.complain("script.nul", f"{key} holds a NUL character", key)
            written = written.replace("\0", "\ufffd")
        try:
            written.encode()
        except UnicodeEncodeError as error:
            self.complain(
                "script.surrogate",
                f"{key} holds half of a character (\\u{ord(written[error.start]):04x})",
                key,
            )
            written = written.encode(errors="replace").decode()
        return written


def kind_of(value: object) -> str:
    """What a value is, for a message."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "a list"
    return "a number" if isinstance(value, int | float) else "text"
