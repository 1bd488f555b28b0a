"""Values of a configuration with the types that they should have, or an error that names them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sbv2cli.errors import VoiceError

# No rate, length, table or number of steps of a voice is larger; a table of a larger one's size
# would be made before its weights are looked at.
MOST = 400_000
DIGITS = 19  # of a number that is written as a text

HINT = "copy the file again from where the voice came from"


# A text, which may have two slashes in it, or a comment.
_TEXT_OR_COMMENT = re.compile(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/', re.DOTALL)


def _without_comment(match: re.Match[str]) -> str:
    # Rows and columns keep their numbers.
    return match[1] or "".join(letter if letter == "\n" else " " for letter in match[0])


def parse_json(text: str) -> Any:
    """JSON; old files of Coqui TTS have comments in it.

    Raises:
        ValueError: it is none, also without comments.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        plain = _TEXT_OR_COMMENT.sub(_without_comment, text)
        if plain == text:
            raise
    return json.loads(plain)


@contextmanager
def strange_values(where: str) -> Iterator[None]:
    """A value of a kind that nobody looked for is the file's fault, and not a bug."""
    try:
        yield
    except (TypeError, ValueError, AttributeError, LookupError, OverflowError) as error:
        raise VoiceError(
            "voice.config",
            f"config.json holds a value of another kind than voices have: {str(error)[:200]}",
            at=where,
            hint=HINT,
        ) from error


def section(raw: Mapping[str, Any], name: str, where: str) -> dict[str, Any]:
    """An object of the file; values that are null are as good as missing."""
    found = raw.get(name, {})
    if not isinstance(found, dict):
        raise wrong(name, found, "an object", where)
    return {key: value for key, value in found.items() if value is not None}


def whole(
    section: Mapping[str, Any], key: str, where: str, *, least: int = 1, most: int = MOST
) -> int:
    """A whole number that is neither below the least nor above the most."""
    value = as_whole(section.get(key))
    if value is None or value < least:
        raise wrong(key, section.get(key), f"a whole number of at least {least}", where)
    if value > most:
        raise wrong(key, value, f"a whole number of at most {most}", where)
    return value


def as_whole(value: object) -> int | None:
    """A whole number, also one that was written as 22050.0 or "22050" on its way here."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < DIGITS:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def flag(section: Mapping[str, Any], key: str, where: str) -> bool:
    """Yes or no; a text would be yes whatever it says."""
    value = section.get(key, False)
    if value not in (0, 1):
        raise wrong(key, value, "true or false", where)
    return bool(value)


def number(
    section: Mapping[str, Any], key: str, where: str, *, default: float | None = None
) -> float:
    """A number; `default` where the key is missing, or there is an error."""
    value = section.get(key, default)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise wrong(key, value, "a number", where)
    return value


def names(section: Mapping[str, Any], key: str, where: str) -> dict[str, int]:
    """Names with numbers; none where the key is missing."""
    found = section.get(key, {})
    if not isinstance(found, dict):
        raise wrong(key, found, "an object of names and numbers", where)
    numbers = {name: as_whole(index) for name, index in found.items()}
    if None in numbers.values():
        # The other way round: JSON has texts as keys, also of numbers.
        numbers = {name: as_whole(index) for index, name in found.items() if isinstance(name, str)}
    given = {name: index for name, index in numbers.items() if index is not None and index >= 0}
    if len(given) != len(found):
        raise wrong(key, found, "an object of names and numbers", where)
    return given


def text(section: Mapping[str, Any], key: str) -> str | None:
    """A text, or nothing where there is anything else."""
    value = section.get(key)
    return value if isinstance(value, str) else None


def wrong(key: str, value: object, wanted: str, where: str) -> VoiceError:
    """The error for a value that is not what it should be."""
    shown = json.dumps(value, ensure_ascii=False, default=str)[:60]
    return VoiceError("voice.config", f'"{key}" is {shown}, wanted {wanted}', at=where, hint=HINT)


def speaker_names(raw: Mapping[str, Any], where: str) -> dict[str, int]:
    """Names of speakers: a list in the order of their rows, or names with numbers."""
    found = raw.get("speakers", {})
    if isinstance(found, list) and all(isinstance(name, str) for name in found):
        found = {name: index for index, name in enumerate(found)}
    return names({"speakers": found}, "speakers", where)
