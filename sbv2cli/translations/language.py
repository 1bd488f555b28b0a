"""In which language the program talks to a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, cast, get_args

Language = Literal["en", "ja"]
VARIABLE = "SBV2_MESSAGES"
# The first that is set decides, as for every program with messages (POSIX, locale variables).
_LOCALE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


def chosen(environment: Mapping[str, str]) -> Language:
    """The language of the messages: `SBV2_MESSAGES`, else that of the locale, else English."""
    names = (VARIABLE, *_LOCALE_VARIABLES)
    written = next((environment[name] for name in names if environment.get(name)), "en")
    code = written.lower().replace("-", "_").partition("_")[0].partition(".")[0]
    return cast("Language", code) if code in get_args(Language) else "en"
