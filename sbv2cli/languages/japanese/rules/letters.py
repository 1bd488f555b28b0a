"""The names of letters."""

from __future__ import annotations

_LATIN = {
    "A": "エー", "B": "ビー", "C": "シー", "D": "ディー", "E": "イー", "F": "エフ", "G": "ジー",
    "H": "エイチ", "I": "アイ", "J": "ジェー", "K": "ケー", "L": "エル", "M": "エム", "N": "エヌ",
    "O": "オー", "P": "ピー", "Q": "キュー", "R": "アール", "S": "エス", "T": "ティー",
    "U": "ユー", "V": "ブイ", "W": "ダブリュー", "X": "エックス", "Y": "ワイ", "Z": "ゼット",
}  # fmt: skip
_MORAS = {
    "A": 2, "B": 2, "C": 2, "D": 2, "E": 2, "F": 2, "G": 2, "H": 3, "I": 2, "J": 2, "K": 2, "L": 2,
    "M": 2, "N": 2, "O": 2, "P": 2, "Q": 2, "R": 3, "S": 2, "T": 2, "U": 2, "V": 2, "W": 4,
    "X": 4, "Y": 2, "Z": 3,
}  # fmt: skip
GREEK = {
    "α": "アルファ", "β": "ベータ", "γ": "ガンマ", "δ": "デルタ", "ε": "イプシロン",
    "ζ": "ゼータ", "η": "イータ", "θ": "シータ", "ι": "イオタ", "κ": "カッパ", "λ": "ラムダ",
    "μ": "ミュー", "ν": "ニュー", "ξ": "クサイ", "ο": "オミクロン", "π": "パイ", "ρ": "ロー",
    "σ": "シグマ", "ς": "シグマ", "τ": "タウ", "υ": "ウプシロン", "φ": "ファイ", "χ": "カイ",
    "ψ": "プサイ", "ω": "オメガ", "ϕ": "ファイ", "ϵ": "イプシロン", "ϑ": "シータ",
}  # fmt: skip


def spelled(letters: str) -> tuple[str, int]:
    """Letters by name, and the accent: the pitch falls in the last letter (エーピーア]イ)."""
    upper = letters.upper()
    moras = sum(_MORAS[letter] for letter in upper[:-1])
    return "".join(_LATIN[letter] for letter in upper), moras + 1


def greek(letter: str) -> str | None:
    """The name of a Greek letter, with or without an accent mark."""
    return GREEK.get(letter) or GREEK.get(letter.lower())
