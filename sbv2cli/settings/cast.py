"""Who speaks how: the roles of a cast, by name or alias."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sbv2cli.errors import UsageError, did_you_mean
from sbv2cli.records import Delivery, ScriptLine

ANYONE = "*"  # the cast entry for characters without one of their own
_LONGEST_NAME = 200  # normalising takes time with the square of a run of combining marks


_NOTHING = Delivery()  # one for all lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """One character of a cast: how their lines are spoken, and what else they are called."""

    name: str
    delivery: Delivery
    aliases: tuple[str, ...] = ()
    origin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Character -> how they speak. Names match whatever their case and width."""

    roles: Mapping[str, Role] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)  # folded name or alias -> role

    def role(self, character: str | None) -> Role | None:
        """The role of a character: their own, else that of "*", else none."""
        if not self.roles or character is None:
            return None
        name = self.names.get(fold(character), ANYONE)
        return self.roles.get(name)

    def knows(self, character: str | None) -> bool:
        """Whether a line of this character can be spoken; without a cast all can."""
        return not self.roles or character is None or self.role(character) is not None

    def delivery(self, line: ScriptLine) -> Delivery:
        """The cast's settings for a line; the line's own settings override them.

        The character of a line with only a `speaker` is that speaker (Piper's habit). Where the
        cast has a role for them, the role's voice decides, so the speaker must be left out of the
        line: see `own_delivery`.
        """
        role = self.role(line.character)
        return _NOTHING if role is None else role.delivery

    def own_delivery(self, line: ScriptLine) -> Delivery:
        """The line's own settings, without a speaker that is only the name of a known role."""
        doubles = line.delivery.speaker is not None and line.delivery.speaker == line.character
        if doubles and self.role(line.character) is not None:
            return replace(line.delivery, speaker=None)
        return line.delivery

    def suggestion(self, character: str) -> str:
        """A hint for a character that is not in the cast."""
        spelled = [role.name for role in self.roles.values() if role.name != ANYONE]
        aliases = [alias for role in self.roles.values() for alias in role.aliases]
        return did_you_mean(character, [*spelled, *aliases])


def cast_of(roles: Mapping[str, Role]) -> Cast:
    """A cast from its roles; a name that two of them bear is an error."""
    names: dict[str, str] = {}
    for role in roles.values():
        for name in (role.name, *role.aliases):
            other = names.setdefault(fold(name), role.name)
            if other != role.name:
                raise UsageError(
                    "cast.name-twice",
                    f'"{name}" names both "{other}" and "{role.name}"',
                    at=role.origin,
                    hint="give the name or alias to one of them",
                )
    return Cast(roles=dict(roles), names=names)


def fold(name: str) -> str:
    """A name without differences of case, width and outer blanks."""
    return unicodedata.normalize("NFKC", name[:_LONGEST_NAME]).strip().casefold()
