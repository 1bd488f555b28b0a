"""A setting as a person writes it, in the unit that the program counts in; or one error."""

from __future__ import annotations

from typing import Any

from sbv2cli.errors import UsageError, did_you_mean
from sbv2cli.settings.keys import ALIASES, BOUNDS, KEYS, PAUSES, inverse
from sbv2cli.units import EXAMPLES, KINDS, Written


def parse(name: str, written: Written, *, at: str | None = None) -> Any:
    """The value of a setting, from what a person wrote; `name` is a row of `KEYS` or `ALIASES`."""
    ours, convert = ALIASES.get(name, (name, None))
    key = KEYS[ours]
    kind = "factor" if convert is inverse else key.kind
    try:
        value: Any = KINDS[kind](written)
        if convert is not None:
            value = convert(value)
    except ValueError as error:
        raise UsageError(
            _code(ours), f"{name} is {error}", at=at, hint=f"write {EXAMPLES[kind]}"
        ) from None
    if names := key.names():
        value = value.casefold()
        if value not in names:
            raise UsageError(
                _code(ours),
                f'{name} is "{written}", which is none of its values',
                at=at,
                hint=f"choose one of {', '.join(names)}",
            )
    if ours in BOUNDS:
        in_bounds(ours, value, at=at)
    return value


def parse_pause(name: str, written: Written, *, at: str | None = None) -> float:
    """A pause in seconds; `name` is used in the error."""
    try:
        value = KINDS["seconds"](written)
    except ValueError as error:
        raise UsageError(
            _code(name), f"{name} is {error}", at=at, hint=f"write {EXAMPLES['seconds']}"
        ) from None
    assert isinstance(value, float)
    in_bounds("pause_after", value, at=at, said=name)
    return value


def parse_pauses(written: str, *, at: str | None = None) -> dict[str, float]:
    """`comma=200ms,sentence=0.4` as seconds per level."""
    pauses: dict[str, float] = {}
    for part in filter(None, (piece.strip() for piece in written.split(","))):
        level, equals, length = part.partition("=")
        if not equals:
            raise UsageError(
                "setting.pause",
                f'pause is "{part}", which names no level',
                at=at,
                hint="write comma=200ms,sentence=400ms,paragraph=0.8s,scene=1.2s,chapter=2s",
            )
        pauses[pause_level(level.strip(), at)] = parse_pause(
            f"pause {level.strip()}", length, at=at
        )
    return pauses


def pause_level(level: str, at: str | None) -> str:
    """The level, if there is one of this name."""
    if level not in PAUSES:
        raise UsageError(
            "setting.pause",
            f'there is no pause level "{level}"',
            at=at,
            hint=did_you_mean(level, PAUSES),
        )
    return level


def in_bounds(name: str, value: float, *, at: str | None = None, said: str | None = None) -> None:
    """Refuse a number that cannot be meant."""
    lowest, highest = BOUNDS[name]
    if not lowest <= value <= highest:
        said = said or name
        raise UsageError(
            _code(said),
            f"{said} is {value:g}, outside {lowest:g} to {highest:g}",
            at=at,
            hint=f"give a number from {lowest:g} to {highest:g}",
        )


def _code(name: str) -> str:
    return f"setting.{name.partition(' ')[0].replace('_', '-')}"  # of `pause comma`: pause
