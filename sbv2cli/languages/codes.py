"""Tags of languages: "sw", "swh", "sw_KE" and "sw-KE" are one to whoever writes a script."""

from __future__ import annotations

import re

from sbv2cli.records import UNKNOWN_LANGUAGE

# ISO 639-3, as MMS calls its languages, to the shorter tags of scripts, where the shorter one is
# not a beginning of the longer.
SHORT = {
    "cmn": "zh",
    "zho": "zh",
    "jpn": "ja",
    "spa": "es",
    "por": "pt",
    "pol": "pl",
    "swe": "sv",
    "tur": "tr",
    "ukr": "uk",
    "ell": "el",
    "mar": "mr",
    "mal": "ml",
    "kaz": "kk",
    "isl": "is",
    "fas": "fa",
    "pes": "fa",
    "arb": "ar",
    "bul": "bg",
    "ben": "bn",
    "ind": "id",
    "zlm": "ms",
    "hye": "hy",
    "kat": "ka",
    "deu": "de",
    "mya": "my",
    "khm": "km",
    "tgl": "tl",
    "lit": "lt",
}


def is_same(said: str, own: str) -> bool:
    """Whether what a script says may mean the language of a voice; regions do not count."""
    if own == UNKNOWN_LANGUAGE:
        return True
    one, other = sorted((_short(said), _short(own)), key=len)
    return one == other or (len(one) == 2 and other.startswith(one))  # "sw" and "swh"


def _short(tag: str) -> str:
    primary = re.split(r"[-_]", tag.strip().casefold())[0]
    return SHORT.get(primary, primary)
