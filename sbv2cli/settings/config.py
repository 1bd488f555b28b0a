"""What holds for a run: flags over `SBV2_*` over `sbv2.toml` over the user's file over built-ins.

Each value remembers who said it, so that `sbv2 doctor` can answer "why is it so". A key that
nobody knows is an error: a typing error in a settings file would otherwise do nothing, silently.
"""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sbv2cli.config_file import Entry, Role, Sheet, Values, parse_pauses
from sbv2cli.errors import UsageError, did_you_mean
from sbv2cli.records import Delivery, ScriptLine
from sbv2cli.settings import DELIVERY_KEYS, KEYS, PAUSES, delivery_of, parse

PROJECT_FILE = "sbv2.toml"
USER_FILE = "config.toml"
PREFIX = "SBV2_"
ANYONE = "*"  # the cast entry for characters without one of their own
BUILT_IN = "built in"
_LONGEST_NAME = 200  # normalising takes time with the square of a run of combining marks

__all__ = ["Cast", "Configuration", "Entry", "Role", "fold", "load", "parse_pauses"]


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
        """What the cast says of a line; the line's own wishes go over it.

        The character of a line with only a `speaker` is that speaker (Piper's habit). Where the
        cast has a role for them, the role's voice decides, so the wish must be left out of the
        line: see `own_delivery`.
        """
        role = self.role(line.character)
        return Delivery() if role is None else role.delivery

    def own_delivery(self, line: ScriptLine) -> Delivery:
        """The line's own wishes, without a speaker that is only the name of a known role."""
        doubles = line.delivery.speaker is not None and line.delivery.speaker == line.character
        if doubles and self.role(line.character) is not None:
            return replace(line.delivery, speaker=None)
        return line.delivery

    def suggestion(self, character: str) -> str:
        """A hint for a character that is not in the cast."""
        spelled = [role.name for role in self.roles.values() if role.name != ANYONE]
        aliases = [alias for role in self.roles.values() for alias in role.aliases]
        return did_you_mean(character, [*spelled, *aliases])


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """Everything that was said, settled."""

    values: Mapping[str, Entry]
    pause: Mapping[str, Entry]  # level -> seconds
    cast: Cast = Cast()
    voices_path: tuple[Path, ...] = ()
    files: tuple[Path, ...] = ()  # the settings files that were read, the strongest first

    def __getitem__(self, name: str) -> Any:
        """The effective value of a key of `settings.KEYS`."""
        return self.values[name].value

    def origin(self, name: str) -> str:
        """Who said it."""
        return self.values[name].origin

    @property
    def delivery(self) -> Delivery:
        """The delivery of a line about which neither the script nor the cast says more."""
        return delivery_of({name: self[name] for name in DELIVERY_KEYS})

    def rows(self) -> Iterator[tuple[str, Any, str]]:
        """(key, value, origin) of every setting, for `sbv2 doctor`."""
        for name, entry in self.values.items():
            yield name, entry.value, entry.origin
        for level, entry in self.pause.items():
            yield f"pause.{level}", entry.value, entry.origin
        yield "voices_path", self.voices_path, ""
        for role in self.cast.roles.values():
            yield f"cast.{role.name}", role.delivery, role.origin


def fold(name: str) -> str:
    """A name without differences of case, width and outer blanks."""
    return unicodedata.normalize("NFKC", name[:_LONGEST_NAME]).strip().casefold()


def load(
    *,
    flags: Mapping[str, Any] | None = None,
    scripts: Sequence[Path] = (),
    config_file: Path | None = None,
    use_files: bool = True,
    cast_file: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Configuration:
    """Settle what holds.

    Args:
        flags: what the command line says, already parsed; `None` means not said.
        scripts: the scripts of the run; `sbv2.toml` is looked for upward from the first.
        config_file: take this file instead of the discovered `sbv2.toml`.
        use_files: `False` reads no settings file at all, neither project nor user.
        cast_file: a TOML file whose `[cast]` goes over that of the settings files.
        environment: the variables; by default those of the process.
    """
    environment = os.environ if environment is None else environment
    paths = list(_files(scripts, config_file, environment)) if use_files else []
    sheets = [Sheet.read(path) for path in paths]
    cast_sheets = [Sheet.read(cast_file, only_cast=True)] if cast_file else []
    values: Values = {
        name: Entry(value=key.built_in, origin=BUILT_IN) for name, key in KEYS.items()
    }
    pause: Values = {level: Entry(value=value, origin=BUILT_IN) for level, value in PAUSES.items()}
    for sheet in reversed(sheets):
        values |= sheet.values
        pause |= sheet.pause
    values |= _from_environment(environment)
    values |= {
        name: Entry(value=value, origin=f"--{name.replace('_', '-')}")
        for name, value in (flags or {}).items()
        if value is not None and value != () and name in KEYS
    }
    pause |= {
        level: Entry(value=value, origin="--pause")
        for level, value in ((flags or {}).get("pause") or {}).items()
    }
    roles: dict[str, Role] = {}
    for sheet in reversed([*cast_sheets, *sheets]):
        roles |= sheet.roles
    return Configuration(
        values=values,
        pause=pause,
        cast=_cast(roles),
        voices_path=tuple(place for sheet in sheets for place in sheet.voices_path),
        files=tuple(paths),
    )


def user_directory(environment: Mapping[str, str] | None = None) -> Path:
    """Where this person's settings are, by the custom of the platform."""
    environment = os.environ if environment is None else environment
    home = Path(environment.get("HOME") or environment.get("USERPROFILE") or Path.home())
    if sys.platform == "win32":  # pragma: no cover
        return Path(environment.get("APPDATA") or home / "AppData" / "Roaming") / "sbv2"
    if sys.platform == "darwin":  # pragma: no cover
        return home / "Library" / "Application Support" / "sbv2"
    return Path(environment.get("XDG_CONFIG_HOME") or home / ".config") / "sbv2"


def _files(
    scripts: Sequence[Path], config_file: Path | None, environment: Mapping[str, str]
) -> Iterator[Path]:
    """The settings files to read, the strongest first."""
    named = config_file or (
        Path(environment[f"{PREFIX}CONFIG"]) if environment.get(f"{PREFIX}CONFIG") else None
    )
    if named is not None:
        yield named
    else:
        first = next((script for script in scripts if str(script) != "-"), None)
        start = Path.cwd() if first is None else first.absolute()
        for folder in (start, *start.parents):
            if (folder / PROJECT_FILE).is_file():
                yield folder / PROJECT_FILE
                break
    user = user_directory(environment) / USER_FILE
    if user.is_file():
        yield user


def _from_environment(environment: Mapping[str, str]) -> Values:
    values: Values = {}
    for name, key in KEYS.items():
        variable = PREFIX + name.upper()
        written = environment.get(variable)
        if written:
            value = (
                tuple(
                    parse(name, piece, at=variable) for piece in written.split(os.pathsep) if piece
                )
                if key.many
                else parse(name, written, at=variable)
            )
            values[name] = Entry(value=value, origin=variable)
    return values


def _cast(roles: Mapping[str, Role]) -> Cast:
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
