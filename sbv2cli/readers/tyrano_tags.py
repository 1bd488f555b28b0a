"""Tags of TyranoScript and KAG: where one ends, and what one does that no file at hand defines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from sbv2cli.patterns import lazy_pattern

ENDS_MESSAGE = frozenset("p cm er ct s jump call return".split())
# Tags that put words there, and what stands behind words that another tag may have put there.
WITH_WORDS = frozenset({"emb", "ch", "hch"})

# Macros have names in any script, and in KAG dots and dashes: [桃子], @【黒狐】, @trans-l.
_NAME = lazy_pattern(r"\s*(/?[\w【][\w.\-【】・]*)")
_ATTRIBUTE = lazy_pattern(r"([\w.]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|(\S+))")
_QUOTE_OR_END = lazy_pattern(r"[\"'\]]")
# Tags among the words of a message that put no words there themselves.
_WITHOUT_WORDS = lazy_pattern(
    r"(?:p|l|r|er|cm|ct|s|lr|ruby|font|resetfont|deffont|delay|resetdelay|nowait|endnowait|wait|wa"
    r"|wt|graph|mark|endmark|link|endlink|locate|style|indent|endindent|hr|b|i|u|if|elsif|else"
    r"|endif|eval|jump|call|return|playse|stopse|wse|playbgm|stopbgm|quake|wq|image|freeimage|bg"
    r"|ptext|vostart|vostop|voconfig|(?:chara|anim|kanim|layer|mask|camera|text)\w*|end\w+|/.*)"
)
_BEHIND_NAME = lazy_pattern(
    r"[はがをにのともへでやか、，]|って|さん|さま|ちゃん|くん|[君様殿]|先輩|先生"
)
_NO_LETTER = lazy_pattern(r"[\W_]")
_NEAR = 100  # characters beside a tag that are looked at
_TAGS = lazy_pattern(r"\[[^\[\]]*\]")

# What games call their own tags for a name and for a voice.
_NAMES_SPEAKER = lazy_pattern(r"nm|name|whosay|talker|speaker|名前|話者|発言者|キャラ")
_NAME_IN = ("name", "n", "t", "text", "chara")
_SAYS = lazy_pattern(r"(?:chara_?)?(?:talk|say|serif|speak)")
_NAME_IN_SAYS = ("name", "n", "chara")  # its text is what is said
_PLAYS_VOICE = lazy_pattern(r"(?:play_?)?(?:vo|voice|cv)\d*", re.IGNORECASE)
_FILE_IN = ("storage", "s", "file", "f")
_IS_FILE = lazy_pattern(r".*(?:/|\.(?:ogg|mp3|wav|m4a|opus)$).*", re.IGNORECASE)

_HIDES = lazy_pattern(r"[\[@](iscript|macro|html)\b")
_CALLED = lazy_pattern(r"[A-Za-z]\w{0,11}")
_OFTEN = 3
_MOST = 0.5  # of the messages, from which on the tag behind them ends them


def name_of(tag: str) -> str:
    """The name of a tag, from what stands between its brackets."""
    found = _NAME.match(tag)
    return found[1] if found else ""


def attributes(tag: str) -> dict[str, str]:
    """The values that a tag is given."""
    return {one[1]: one[2] or one[3] or one[4] or "" for one in _ATTRIBUTE.finditer(tag)}


def tag_end(written: str, start: int, last: int) -> int | None:
    """Where the tag that begins at `start` ends; `None` where none does."""
    if start >= last or _NAME.match(written, start + 1) is None:
        return None
    position = start + 1
    while (found := _QUOTE_OR_END.search(written, position)) is not None:
        if found[0] == "]":
            return found.start()
        closing = written.find(found[0], found.end())
        position = found.end() if closing < 0 else closing + 1
    return None


def may_insert(name: str, written: str, start: int, end: int) -> bool:
    """Whether an unknown tag stands as a name does: in the middle of words, or before a particle.

    Most unknown tags are effects, which stand at the edges of rows and sentences, or have an end.
    """
    if _WITHOUT_WORDS.fullmatch(name):
        return False
    near = written[end : end + _NEAR]
    if f"[end{name}" in near or f"[/{name}" in near:
        return False
    before = _TAGS.sub("", written[max(start - _NEAR, 0) : start])[-1:]
    behind = _TAGS.sub("", near)
    if not behind.strip():
        return False
    letter = bool(before) and not _NO_LETTER.match(before)
    return letter or _BEHIND_NAME.match(behind) is not None


def speaker_in(name: str, values: Mapping[str, str]) -> str | None:
    """Who speaks, where a tag of the game's own says it as most of them do."""
    keys: tuple[str, ...] = _NAME_IN if _NAMES_SPEAKER.fullmatch(name) else ()
    if _SAYS.fullmatch(name) and "text" not in values:
        keys = _NAME_IN_SAYS
    return next((values[key] for key in keys if key in values), None)


def voice_in(name: str, values: Mapping[str, str]) -> str | None:
    """The file, where a tag of the game's own plays a voice."""
    if not _PLAYS_VOICE.fullmatch(name):
        return None
    files = [value for value in values.values() if _IS_FILE.fullmatch(value)]
    files += [values[key] for key in _FILE_IN if values.get(key)]
    return next((file for file in files if not file.startswith(("&", "%"))), None)


def own_page_break(rows: Iterable[str]) -> str | None:
    """The tag of the game's own that ends messages, as [p] does.

    Most rows of words end with it, or it stands alone in a row behind most of them.
    """
    shown = list(_shown_rows(rows))
    times: Counter[str] = Counter()
    for plain in shown:
        if plain.endswith("]") and not plain.startswith((";", "@", "*", "#")):
            start = plain.rfind("[")
            if start > 0 and not (plain[start - 1].isspace() or plain[start - 1] == "]"):
                times[plain[start + 1 : -1].strip()] += 1
    known = sum(times[tag] for tag in ENDS_MESSAGE)
    most = _most_of_own(times)
    if most is not None and times[most] >= max(known, _OFTEN):
        return most
    messages, behind = _tags_behind(shown)
    known += sum(behind[tag] for tag in ENDS_MESSAGE)
    alone = _most_of_own(behind)
    often = max(known + 1, _OFTEN, messages * _MOST)
    return alone if alone is not None and behind[alone] >= often else None


def _most_of_own(times: Counter[str]) -> str | None:
    own = [
        tag
        for tag in times
        if _CALLED.fullmatch(tag) and tag not in WITH_WORDS and not _WITHOUT_WORDS.fullmatch(tag)
    ]
    return max(own, key=times.__getitem__, default=None)


def _shown_rows(rows: Iterable[str]) -> Iterator[str]:
    """Rows without blank ones, comments, and what lies in scripts and macros."""
    until = ""
    for row in rows:
        plain = row.strip()
        if until:
            until = "" if plain.startswith((f"[{until}", f"@{until}")) else until
        elif found := _HIDES.match(plain):
            end = f"end{found[1]}".replace("endi", "end")  # [iscript] … [endscript]
            until = "" if end in plain else end
        elif plain and not plain.startswith(";"):
            yield plain


def _tags_behind(rows: Iterable[str]) -> tuple[int, Counter[str]]:
    """(messages, how many of them have a tag without values in the rows of tags behind them)."""
    messages = 0
    times: Counter[str] = Counter()
    behind: set[str] | None = None  # tags since the last words; None where there were none
    for plain in [*rows, "#"]:
        alone = _TAGS.sub("", plain).strip() == ""
        if alone and behind is not None:
            behind |= {tag[1:-1].strip() for tag in _TAGS.findall(plain)}
        elif not alone and behind is not None and (behind or plain.startswith(("#", "*"))):
            messages += 1
            times.update(behind)
            behind = None
        if not alone and not plain.startswith(("#", "*", "@")):
            behind = set()
    return messages, times
