"""Words that the engine takes for the second half of a compound where they stand alone.

Its dictionary has some 180 verbs and 120 nouns as they are said behind a noun or a stem (芽生え,
気疲れ), with a voiced first mora. It takes them, too, behind particles and verbs (弾けて消えた
ギエタ, 飲む冷えた水 ビエタ, 夜に稽古を ゲーコ), where a text begins (引き千切る ビキチギル), and
behind words of time and amount (毎日作り、 ズクリ). There they are words of their own.
"""

from __future__ import annotations

from unicodedata import normalize

from sbv2cli.languages.japanese.openjtalk import EngineWord

_KANJI = "㐀"  # letters from here on are kanji or rarer
_ALWAYS_VOICED = frozenset(("出す", "出る"))
_NOUNS = frozenset(
    "便り 冷え 双紙 草紙 台詞 囲い 封筒 曇り 杓子 灰 為替 相撲 砂糖 稽古 立ち 縞 腰 責め 通し"
    " 払い".split()
)
# These it has as nouns of their own with a voiced first sound: それから引きこもった ビキコモッタ,
# あの書き物 ガキモノ.
_STEMS = frozenset(
    "乾し 刈り 囲い 垂れ 太り 履き 巧み 惚れ 掛り 揃い 書き 極り 浚い 溜り 照り 積み 穿き 絡み 繋り"
    " 葺き 越し 震い 食い 敷き 障り 引き 斬り".split()
)
# But for 昨日付け, ヅケ.
_TIMES = frozenset(
    "毎日 毎朝 毎晩 毎年 毎週 毎回 明日 昨日 今日 今朝 今夜 昨夜 昨晩 今 全部 全員 皆".split()
)
_BEHIND_TIMES = "付"
_WITH_TSU = frozenset("作造付積漬詰連突使遣疲繋続摘尽勤釣吊就")  # ズ of it is ツ, not ス
_WHILE = ("ながら", "つつ")  # before these a stem is a verb's
_DETAILS = frozenset(("接尾", "非自立", "一般"))
_FIRST_HALVES = frozenset(("名詞", "接頭詞", "形容詞"))


def unvoiced(words: list[EngineWord]) -> list[EngineWord]:
    """`words` with such words as they are said alone."""
    for index, word in enumerate(words):
        if word.detail not in _DETAILS or not _is_second_half(word):
            continue
        following = words[index + 1].string if index + 1 < len(words) else ""
        verb = word.pos == "動詞" or (word.detail == "接尾" and following in _WHILE)
        if index == 0 or _stands_alone(words[index - 1], word.string, verb=verb):
            words[index] = word._replace(pron=_first(word) + word.pron[1:])
    return words


def _first(word: EngineWord) -> str:
    if word.pron[0] == "ズ" and word.string[0] in _WITH_TSU:
        return "ツ"
    return normalize("NFD", word.pron[0])[0]


def _is_second_half(word: EngineWord) -> bool:
    if word.detail == "接尾":
        second = word.string[:1] >= _KANJI > word.string[-1]
    elif word.detail == "非自立":
        second = word.string in _NOUNS or (word.pos == "動詞" and word.string[:1] >= _KANJI)
    elif word.detail == "一般":
        second = word.string in _STEMS
    else:
        return False
    return second and word.orig not in _ALWAYS_VOICED and len(normalize("NFD", word.pron[0])) > 1


def _stands_alone(before: EngineWord, word: str, *, verb: bool) -> bool:
    """Whether no compound goes on behind `before`, or one that leaves the first sound of a verb.

    That is one of two verbs: 斬り裂く キリサク, 舞い散りながら マイチリナガラ. A verb's stem has
    another form than the verb.
    """
    if before.string in _TIMES:
        return word[0] not in _BEHIND_TIMES
    whole = before.string == before.orig
    if before.pos in _FIRST_HALVES:
        return before.pos == "形容詞" and whole and before.string[-1:] == "い"  # 古い冷え
    return verb or before.pos != "動詞" or whole
