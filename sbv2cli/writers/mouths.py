"""Phones -> the 15 visemes of OpenXR and OVRLipSync, the one table that all lip-sync is made of.

A viseme is what a mouth looks like; several phones share one. Sources: OpenXR's
`XR_META_face_tracking_visemes` for English, and for Japanese and Chinese what is nearest to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sbv2cli.records import OWN_SYMBOL
from sbv2cli.writers.timeline import Span, TimedLine, Track, merged, tiled

SILENT = "sil"
LIPS = "PP"

VISEMES = tuple("sil PP FF TH DD kk CH SS nn RR aa E ih oh ou".split())
"""In the order of their numbers."""

PAUSES = frozenset({"_", ",", ".", "…", "-", "!", "?", "'", "SP", "UNK"})

_JAPANESE = {
    "PP": "p b m py by my",
    "FF": "f v",
    "DD": "t d ty dy",
    "kk": "k g ky gy h hy kw gw",
    "CH": "ch j sh zy",
    "SS": "s z ts",
    "nn": "n ny N",
    "RR": "r ry",
    "aa": "a a: A",
    "E": "e e: E",
    "ih": "i i: y I",
    "oh": "o o: O",
    "ou": "u u: w U",
}
_ENGLISH = {
    "PP": "p b m",
    "FF": "f V v",
    "TH": "th dh",
    "DD": "t d",
    "kk": "k g hh ng",
    "CH": "ch jh sh zh",
    "SS": "s z",
    "nn": "n l",
    "RR": "r er",
    "aa": "aa ah ae ay aw",
    "E": "eh ey",
    "ih": "ih iy y",
    "oh": "ao ow oy",
    "ou": "uh uw w",
}
_CHINESE = {
    "PP": "p b m",
    "FF": "f",
    "DD": "t d",
    "kk": "k g h",
    "CH": "j q x zh ch sh r",
    "SS": "z c s",
    "nn": "n l",
    "RR": "er",
    "aa": "a ai an ang ao ia iang iao ua uai uan uang AA",
    "E": "E En e ei en eng ie ian van ve EE",
    "ih": "i in ing i0 ir y",
    "oh": "o ong ou iong uo OO",
    "ou": "u ui un iu v vn w",
}
# Symbols of voices that bring their own, which are mostly those of the IPA.
_IPA = {
    "PP": "p b m ɸ",
    "FF": "f v ʋ",
    "TH": "θ ð",
    "DD": "t d ɗ ɖ ʈ",
    "kk": "k ɡ g h x ɣ ŋ q ʔ ç",
    "CH": "ʃ ʒ ɕ ʑ tɕ dʑ ʧ ʤ ʦ ʥ ʨ",
    "SS": "s z ʂ ʐ",
    "nn": "n l ɲ ɴ ɫ N",
    "RR": "r ɹ ɾ ɽ ɝ ɚ",
    "aa": "a ɑ æ ʌ ɐ ä ɒ A",
    "E": "e ɛ ə ɜ E",
    "ih": "i ɪ ᵻ j I",
    "oh": "o ɔ ɵ O",
    "ou": "u ʊ ɯ ʉ w y U",
}


def _by_phone(table: Mapping[str, str]) -> dict[str, str]:
    return {phone: viseme for viseme, phones in table.items() for phone in phones.split()}


_TABLES = {"ja": _by_phone(_JAPANESE), "en": _by_phone(_ENGLISH), "zh": _by_phone(_CHINESE)}
_OWN_SYMBOLS = _by_phone(_IPA)
# What ARPAbet begins with in the symbols of Glow-TTS and Grad-TTS.
ARPABET = "@"
# The small つ holds the mouth ready for what follows; ン closes it before p, b and m.
_HELD, _NASAL = "q", "N"


def visemes(track: Track) -> list[Span]:
    """What the mouth looks like from the beginning of the sound to its end, without gaps."""
    spans = (span for line in track.lines for span in _visemes(line))
    return list(merged(tiled(spans, track.seconds, SILENT)))


def _visemes(line: TimedLine) -> Iterator[Span]:
    language = line.language or "ja"
    labels = [label for label, _, _ in line.phones]
    looks = _looks(labels, _TABLES.get(language, _TABLES["ja"]))
    if language == "ja":
        looks = list(_in_context(labels, looks))
    for look, (_, start, end) in zip(looks, line.phones, strict=True):
        yield look, start, end


def _looks(labels: Sequence[str], table: Mapping[str, str]) -> list[str]:
    looks: list[str] = []
    for label in labels:
        symbol = label.removeprefix(OWN_SYMBOL)
        known = _OWN_SYMBOLS if label.startswith(OWN_SYMBOL) else table
        if len(symbol) > 1 and symbol[0] == ARPABET:
            symbol, known = _as_ours(symbol), _TABLES["en"]
        before = looks[-1] if looks else SILENT
        # A sign of length or stress, or a symbol nobody knows, leaves the mouth as it is.
        looks.append(SILENT if symbol in PAUSES else known.get(symbol, before))
    return looks


def _as_ours(symbol: str) -> str:
    """The English phone of a symbol that is ARPAbet."""
    phone = symbol.removeprefix(ARPABET).rstrip("012").lower()
    return "V" if phone == "v" else phone


def _in_context(labels: Sequence[str], looks: Sequence[str]) -> Iterator[str]:
    following = SILENT
    found = []
    for label, look in zip(reversed(labels), reversed(looks), strict=True):
        shown = look
        if label == _HELD or (label == _NASAL and following == LIPS):
            shown = following
        found.append(shown)
        following = shown
    return reversed(found)
