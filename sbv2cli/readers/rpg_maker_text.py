"""Texts of RPG Maker MV and MZ: control codes, and names that stand in a message box."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from sbv2cli.patterns import lazy_pattern
from sbv2cli.readers.lines import join_rows
from sbv2cli.readers.ruby import interlinear

_BRACKETS = r"\[(?:[^\[\]]|\[[^\[\]]*\])*\]"  # one code may stand in another: \N[\V[3]]
_CODE = lazy_pattern(
    rf"\\(?:(?P<sign>[\^$.|!<>{{}}\\])|(?P<name>[A-Za-z_]+)(?P<inside>{_BRACKETS}|<[^<>]*>|{{[^{{}}]*}})?)"
    # A text that a plugin fills in by its key, as \\tl{{key}} does.
    rf"|(?P<key>{{[A-Za-z_][\w.]*}})"
)
# What the game puts there: a variable, an actor, a member, the currency; and names of things, by
# the most used plugins (Yanfly's and VisuStella's message cores).
_VALUES = lazy_pattern(
    r"V|N|P|G|N[CNIWAST]|I[IWAST]|\w*(?:NAME|DESC|LASTGAIN\w*)|VAR|CURRENCY", re.IGNORECASE
)
# Codes without words: colours, icons, sizes, places, waits, faces, windows.
_WITHOUT_WORDS = lazy_pattern(
    r"C|I|FS|PX|PY|FR|FB|FI|FN|FF|OC|OW|W|WC|WAIT|AF|AC|AN|AW|AH|N[CRD]?|SE|SV|M|A|BR|HC|S|SP"
    r"|MSG\w*|POP|SINV|AUTO\w*|PIC\w*|\w*PICTURE|COMMONEVENT|\w*COLOR\w*|FACE\w*|WINDOW\w*|PREVC",
    re.IGNORECASE,
)
_RUBY = frozenset({"R", "RB", "RUBY"})
_BREAK = lazy_pattern(r"<(?:br|line break)>", re.IGNORECASE)
_TAG = lazy_pattern(r"</?[A-Za-z][A-Za-z ]*(?:\s*[:=][^<>]*)?>")

_NAME_WINDOW = lazy_pattern(r"\\n[crd]?<([^<>]*)>", re.IGNORECASE)
_ACTOR = lazy_pattern(r"\\N\[\s*(\d{1,6})\s*\]", re.IGNORECASE)
_COLOUR = lazy_pattern(r"\\C\[\d*\]", re.IGNORECASE)
_NAME_ROW = lazy_pattern(r"【([^【】]{1,40})】|(\\N\[\d{1,6}\])\s*[:：]?", re.IGNORECASE)
_COLOURED_ROW = lazy_pattern(
    r"(?:\\C\[\d*\])([^\\]{1,40}?)[:：]?(?:\\C\[\d*\])[:：]?", re.IGNORECASE
)
_ACTOR_SAYS = lazy_pattern(r"(\\N\[\d{1,6}\])\s*(?:[:：]\s*|(?=[「『（(]))", re.IGNORECASE)


@dataclass(slots=True)
class Names:
    """What the files beside say."""

    actors: dict[int, str] = field(default_factory=dict)
    faces: dict[tuple[str, int], str] = field(default_factory=dict)
    currency: str | None = None


@dataclass(slots=True)
class MessageText:
    """A message as it is said."""

    words: str
    values: list[str] = field(default_factory=list)  # what the game fills in, left as it is written
    unknown: list[str] = field(default_factory=list)  # codes of plugins that are not known


def spoken(rows: Sequence[str], names: Names) -> MessageText:
    """The rows of a message without what is not said."""
    text = MessageText("")

    def meant(code: re.Match[str]) -> str:
        return _meaning(code, names, text)

    broken = [piece for row in rows for piece in _BREAK.split(row)]
    text.words = join_rows(_TAG.sub("", _CODE.sub(meant, row)) for row in broken)
    return text


def _meaning(code: re.Match[str], names: Names, text: MessageText) -> str:
    """What stands in the place of a control code."""
    if code["sign"]:
        return "\\" if code["sign"] == "\\" else ""
    name, argument = (code["name"] or "").upper(), code["inside"] or ""
    inside = argument[1:-1]
    if name in _RUBY and (cut := re.search("[,，|｜]", inside)):
        return interlinear(inside[: cut.start()].strip(), inside[cut.end() :].strip())
    known = _known(name, argument, names)
    if known is not None:
        return known
    if _is_value(code, name, argument):
        text.values.append(code[0])
        return code[0]
    # What puts words there has to be told which.
    if inside and not _WITHOUT_WORDS.fullmatch(name):
        text.unknown.append(code[0])
    return ""


def _known(name: str, argument: str, names: Names) -> str | None:
    """The words of a value that the files beside say."""
    if name == "G":
        return names.currency
    number = argument[1:-1] if argument.startswith("[") else ""
    return names.actors.get(int(number[:6])) if name == "N" and number.isdecimal() else None


def _is_value(code: re.Match[str], name: str, argument: str) -> bool:
    keyed = code["key"] is not None or argument.startswith("{")
    known = _VALUES.fullmatch(name) is not None and (argument.startswith("[") or name == "G")
    return keyed or known


def name_of(written: str, names: Names) -> str | None:
    """A name without control codes."""
    return spoken([written], names).words.strip().rstrip(":：").strip() or None


def name_in_text(rows: Sequence[str], names: Names) -> tuple[str | None, Sequence[str]]:
    r"""The name that a message box itself holds, and the rows without it.

    A name stands in a window of its own (`\n<Name>`), alone in the first of several rows
    (`\N[1]`, 【name】, or coloured), or as an actor before a quotation or a colon.
    """
    for index, row in enumerate(rows):
        window = _NAME_WINDOW.search(row)
        if window:
            rest = row[: window.start()] + row[window.end() :]
            return name_of(window[1], names), [*rows[:index], rest, *rows[index + 1 :]]
    first = rows[0].strip() if rows else ""
    if any(row.strip() for row in rows[1:]):
        plain = _COLOUR.sub("", first).strip()
        alone = _NAME_ROW.fullmatch(plain) or _COLOURED_ROW.fullmatch(first)
        if alone:
            return name_of(next(filter(None, alone.groups())), names), rows[1:]
    says = _ACTOR_SAYS.match(_COLOUR.sub("", first))
    if says:
        return name_of(says[1], names), [_COLOUR.sub("", first)[says.end() :], *rows[1:]]
    return None, rows
