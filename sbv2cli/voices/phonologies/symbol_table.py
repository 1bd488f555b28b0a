"""Symbols of voices that bring their own: plain VITS was trained by many, each with other symbols.

The table of a voice is the list `symbols` of its config.json, else `symbols.txt` (one a line) or
`symbols.json` beside it, else the published table of its text cleaner. The cleaner also says how
text was written in these symbols, and so how our phones are: letter by letter, but for those that
`Spelling` names.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sbv2cli.errors import ReadingError, VoiceError
from sbv2cli.records import OWN_SYMBOL, SYMBOL_NUMBER

_LATIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_IPA = (
    "ɑɐɒæɓʙβɔɕçɗɖðʤəɘɚɛɜɝɞɟʄɡɠɢʛɦɧħɥʜɨɪʝɭɬɫɮʟɱɯɰŋɳɲɴøɵɸθœɶʘɹɺɾɻʀʁɽʂʃʈʧʉʊʋⱱʌɣɤʍχʎʏʑʐʒʔʡʕʢǀǁǂǃˈˌːˑʼʴʰʱʲʷˠˤ˞↓↑→↗↘"
    "'\u0329'ᵻ"
)
_ENGLISH = ("_", *';:,.!?¡¿—…"«»“” ', *_LATIN, *_IPA)

PUBLISHED: Mapping[str, tuple[str, ...]] = {
    "english_cleaners": _ENGLISH,
    "english_cleaners2": _ENGLISH,
    "japanese_cleaners": ("_", *",.!?-", *"AEINOQUabdefghijkmnoprstuvwyzʃʧ↓↑ "),
    "japanese_cleaners2": ("_", *",.!?-~…", *"AEINOQUabdefghijkmnoprstuvwyzʃʧʦ↓↑ "),
}
"""Text cleaner -> the table that its voices were published with. A position is an id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """How a cleaner wrote the phones of a language."""

    language: str
    phones: Mapping[str, str]  # those that are not spelled by their own letters


_ROMAJI = {"sh": "ʃ", "ch": "ʧ", "q": "Q"}
SPELLINGS: Mapping[str, Spelling] = {
    "japanese_cleaners": Spelling(language="ja", phones=_ROMAJI),
    "japanese_cleaners2": Spelling(language="ja", phones={**_ROMAJI, "ts": "ʦ"}),
}

# Marks that a table may lack, and what says nearly the same.
_INSTEAD = {"…": ("...", ","), "'": (",",), "-": (",",), "!": (".",), "?": (".",), ",": (".",)}
_PAUSES = frozenset("!?…,.'-")
_MORA_ENDS = frozenset("a i u e o N q".split())
_RISE, _FALL, _BETWEEN = "↑", "↓", " "


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolTable:
    """The symbols that a voice was trained with, in the order of their ids."""

    symbols: tuple[str, ...]
    where: str  # named in errors
    cleaner: str | None = None

    @property
    def spelling(self) -> Spelling | None:
        """How readings are written in these symbols, where that is known."""
        return SPELLINGS.get(self.cleaner or "")

    def ids(self) -> dict[str, int]:
        """Symbol -> id; of a symbol that is there twice the last counts, as in training."""
        return {symbol: index for index, symbol in enumerate(self.symbols) if symbol}


def cleaner_of(data: Mapping[str, object]) -> str | None:
    """The cleaner that the text went through, where it was a single one."""
    cleaners = data.get("text_cleaners")
    if isinstance(cleaners, str):
        return cleaners
    only = cleaners[0] if isinstance(cleaners, list) and len(cleaners) == 1 else None
    return only if isinstance(only, str) else None


def parse(value: object, where: str) -> tuple[str, ...]:
    """Symbols from a list, from a text of one-letter symbols, or from an object symbol -> id.

    `null` in a list is a number that no symbol has.
    """
    if isinstance(value, str):
        value = list(value)
    if isinstance(value, dict):
        try:
            value = sorted(value, key=value.__getitem__)
        except TypeError:
            value = None
    if (
        not isinstance(value, list)
        or not value
        or not all(symbol is None or (isinstance(symbol, str) and symbol) for symbol in value)
    ):
        raise VoiceError(
            "voice.symbols",
            "the table of symbols is no list of texts",
            at=where,
            hint='write it like ["_", ",", ".", "a", "i"], the symbol of id 0 first',
        )
    return tuple(symbol or "" for symbol in value)


# The files that may have it; the last is that of MMS-TTS as its authors publish it, whose text is
# written in these letters.
LETTERS = "vocab.txt"
FILES = ("symbols.json", "symbols.txt", LETTERS)


def beside(folder: Path) -> tuple[tuple[str, ...], str] | None:
    """The symbols of a file beside config.json, and where they were found."""
    path = next((folder / name for name in FILES if (folder / name).is_file()), None)
    if path is None:
        return None
    try:
        text = path.read_text(encoding="utf-8-sig")
        content: object = json.loads(text) if path.suffix == ".json" else _lines(text)
    except (OSError, ValueError) as error:
        raise VoiceError(
            "voice.symbols",
            f"the table of symbols cannot be read: {error}",
            at=str(path),
            hint="save it as UTF-8; a .txt file has one symbol a line, the symbol of id 0 first",
        ) from None
    return parse(content, str(path)), str(path)


def _lines(text: str) -> list[str]:
    # Not splitlines: a symbol may be one of the rarer line separators. A line of a single space is
    # the symbol for a space.
    lines = text.replace("\r\n", "\n").split("\n")
    return lines[:-1] if lines and not lines[-1] else lines


def spell(
    phones: Sequence[str], tones: Sequence[int], language: str, table: SymbolTable | None
) -> list[tuple[int, ...]]:
    """Ids of each phone, without edge marks; a mark of accent belongs to the phone before it.

    Raises:
        ReadingError: a phone or a symbol has no id in this table.
    """
    if any(not phone.startswith((OWN_SYMBOL, SYMBOL_NUMBER)) for phone in phones):
        return _spelled(phones, tones, language, table)
    known = {} if table is None else table.ids()
    return [(_own_id(phone, known, table),) for phone in phones]


def _spelled(
    phones: Sequence[str], tones: Sequence[int], language: str, table: SymbolTable | None
) -> list[tuple[int, ...]]:
    spelling = None if table is None else table.spelling
    if table is None or spelling is None or spelling.language != language:
        why = "no table of symbols" if table is None else f"a table of its own ({table.where})"
        raise ReadingError(
            "reading.spelling",
            f'the voice has {why}, and nothing says how "{language}" is written in it',
            hint='give the line\'s reading in symbols: "cleaned: həlˈoʊ", "symbols: h ə l",'
            ' or "ids: 12 50 7"',
        )
    known = table.ids()
    marks = accent_marks(phones, tones) if {_RISE, _FALL} <= known.keys() else [""] * len(phones)
    groups: list[tuple[int, ...]] = []
    for phone, mark in zip(phones, marks, strict=True):
        if phone.startswith((OWN_SYMBOL, SYMBOL_NUMBER)):
            groups.append((_own_id(phone, known, table),))
            continue
        written = _written(phone, spelling, known)
        if written is None:
            raise _unknown(f'phone "{phone}"', table)
        groups.append(tuple(known[symbol] for symbol in (*written, *mark) if symbol in known))
    return groups


def _written(phone: str, spelling: Spelling, known: Mapping[str, int]) -> str | None:
    """The letters of a phone, or `None` where the table lacks one."""
    tried = (spelling.phones.get(phone, phone), *_INSTEAD.get(phone, ()))
    return next((text for text in tried if all(letter in known for letter in text)), None)


def _own_id(phone: str, known: Mapping[str, int], table: SymbolTable | None) -> int:
    symbol = phone[1:]
    if phone.startswith(SYMBOL_NUMBER):
        # Whether the network knows the number, the engine says.
        return int(symbol) if symbol.isdecimal() else -1
    if symbol not in known:
        raise _unknown(f'symbol "{symbol}"', table)
    return known[symbol]


def _unknown(what: str, table: SymbolTable | None) -> ReadingError:
    if table is None:
        return ReadingError(
            "reading.symbol",
            f"the voice has no table of symbols, so no {what}",
            hint='put symbols.txt beside its config.json, or give numbers: "ids: 12 50 7"',
        )
    return ReadingError(
        "reading.symbol",
        f"the voice has no {what}",
        at=f"the table of {len(table.symbols)} symbols in {table.where}",
        hint="say it with other sounds, or give the line's reading in the voice's own symbols",
    )


def accent_marks(phones: Sequence[str], tones: Sequence[int]) -> list[str]:
    """After each phone: "↑" where the pitch rises, "↓" where it falls, " " between phrases.

    Phones and tones tell all but one thing of the accent phrases: a phrase is taken to begin with
    the mora before a rise, so one that begins high after a low mora takes that mora along.
    """
    marks = [""] * len(phones)
    breath: list[tuple[int, int]] = []  # last phone and tone of each mora
    for index, (phone, tone) in enumerate(zip(phones, tones, strict=True)):
        if phone in _MORA_ENDS:
            breath.append((index, tone))
        elif phone in _PAUSES:
            _mark(breath, marks)
            breath = []
    _mark(breath, marks)
    return marks


def _mark(breath: Sequence[tuple[int, int]], marks: list[str]) -> None:
    tones = [tone for _, tone in breath]
    rises = [tones[i] < tones[i + 1] for i in range(len(tones) - 1)] + [False]
    for position, (index, tone) in enumerate(breath[:-1]):
        if rises[position]:
            marks[index] = _RISE
        elif rises[position + 1]:
            marks[index] = _BETWEEN
        elif tone > tones[position + 1]:
            marks[index] = _FALL
