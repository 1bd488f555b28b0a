"""Variables of the environment whose names begin as ours do, and that nothing reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from sbv2cli.settings.config import PREFIX
from sbv2cli.settings.keys import ALIASES, KEYS
from sbv2cli.translations.language import VARIABLE as MESSAGES

# Read elsewhere: by the settings, the last boundary, the engine, and the completion of shells.
# `tests/contracts/test_variables.py` looks for every name in the source.
_OTHERS = (
    *("SBV2_CONFIG", MESSAGES, "SBV2_TRACEBACK", "SBV2_BERT"),
    *("SBV2_LINE", "SBV2_WORD"),
)
_OF_TESTS = "SBV2_TEST_"


def known() -> tuple[str, ...]:
    """Every variable that somebody reads."""
    languages = (f"SBV2_BERT_{name.upper()}" for name in KEYS["lang"].names())
    return (*(f"{PREFIX}{name.upper()}" for name in KEYS), *_OTHERS, *languages)


def unread(environment: Mapping[str, str]) -> Iterator[str]:
    """What is to be said of variables that nothing reads; a set one alone, as for the settings."""
    ours = [name for name, value in environment.items() if value and name.startswith(PREFIX)]
    asked = [name for name in ours if not name.startswith(_OF_TESTS)]
    if not asked:
        return
    names = known()
    for name in sorted(set(asked).difference(names)):
        near = _nearest(name, names)
        if near is None:
            yield f'nothing reads the variable "{name}"; sbv2 doctor lists the settings'
        else:
            yield f'nothing reads the variable "{name}"; did you mean "{near}"?'


def _nearest(name: str, names: tuple[str, ...]) -> str | None:
    """The name that is likeliest meant. The prefix, which all have, says nothing."""
    written = name.removeprefix(PREFIX)
    if (alias := ALIASES.get(written.lower())) is not None:
        return f"{PREFIX}{alias[0].upper()}"
    known_as = {one.removeprefix(PREFIX): one for one in names}
    near = get_close_matches(written.upper(), known_as, n=1, cutoff=0.6)
    return known_as[near[0]] if near else None
