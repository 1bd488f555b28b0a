"""Names of styles: what scripts call a style, and what a voice is asked for instead."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from sbv2cli.errors import UsageError
from sbv2cli.settings.cast import fold


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleName:
    """One name, what it stands for, and who said so."""

    name: str
    target: str  # a style, or a blend: "Happy:0.8", "Happy:0.6+Sad:0.2"
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleNames:
    """Name -> what it stands for. Names match whatever their case and width."""

    names: Mapping[str, StyleName] = field(default_factory=dict)  # by the folded name

    def resolve(self, style: str | None) -> str | None:
        """A requested style in the names of a voice; names may stand in a blend, with weights."""
        if style is None or not self.names:
            return style
        whole = self.names.get(fold(style))
        if whole is not None:
            return whole.target
        return "+".join(map(self._part, style.split("+")))

    def of(self, style: str | None) -> list[StyleName]:
        """The names in a requested style."""
        if style is None or not self.names:
            return []
        parts = [style, *(_weighted(part)[0] for part in style.split("+"))]
        found = (self.names.get(fold(part)) for part in parts)
        return [name for name in dict.fromkeys(found) if name is not None]

    def _part(self, part: str) -> str:
        name, weight = _weighted(part)
        known = self.names.get(fold(name))
        if known is None or (weight is not None and not math.isfinite(weight)):
            return part
        return known.target if weight is None else _scaled(known.target, weight)


def style_names(said: Mapping[str, StyleName]) -> StyleNames:
    """Names by what they finally stand for; one that leads back to itself is an error.

    `said` has each name once, folded.
    """
    done: dict[str, str] = {}

    def target(key: str, path: tuple[str, ...]) -> str:
        if key in path:
            way = " → ".join(said[step].name for step in (*path[path.index(key) :], key))
            raise UsageError(
                "style.cycle",
                f"a name of a style leads back to itself: {way}",
                at=said[key].origin,
                hint="the last name must be a style of the voice; give yours another name",
            )
        if key not in done:
            parts = []
            for part in said[key].target.split("+"):
                name, weight = _weighted(part)
                inner = fold(name)
                if inner in said:
                    found = target(inner, (*path, key))
                    parts.append(found if weight is None else _scaled(found, weight))
                else:
                    parts.append(part.strip())
            done[key] = "+".join(parts)
        return done[key]

    return StyleNames(
        names={
            key: StyleName(name=one.name, target=target(key, ()), origin=one.origin)
            for key, one in said.items()
        }
    )


def _weighted(part: str) -> tuple[str, float | None]:
    """A name and its weight; NaN where there is one and it is no number."""
    name, colon, number = part.rpartition(":")
    if not colon:
        return part.strip(), None
    try:
        return name.strip(), float(number)
    except ValueError:
        return name.strip(), math.nan


def _scaled(style: str, factor: float) -> str:
    """A blend of which each part is so many times as strong."""
    parts = (_weighted(part) for part in style.split("+"))
    return "+".join(
        f"{name}:{round((1.0 if weight is None else weight) * factor, 6):g}"
        for name, weight in parts
    )
