"""What holds for a run: flags over `SBV2_*` over `sbv2.toml` over the user's file over built-ins.

Each value remembers who said it, so that `sbv2 doctor` can answer "why is it so". A key that
nobody knows is an error: a typing error in a settings file would otherwise do nothing, silently.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from sbv2cli.records import Delivery
from sbv2cli.settings.cast import Cast, Role, cast_of
from sbv2cli.settings.config_file import Entry, Sheet, Values
from sbv2cli.settings.engines import ENGINES
from sbv2cli.settings.folders import user_directory
from sbv2cli.settings.keys import DELIVERY_KEYS, KEYS, PAUSES
from sbv2cli.settings.parse import parse
from sbv2cli.settings.resolve import delivery_of
from sbv2cli.settings.style_names import StyleName, StyleNames, style_names

PROJECT_FILE = "sbv2.toml"
USER_FILE = "config.toml"
PREFIX = "SBV2_"
BUILT_IN = "built in"


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """Everything that was said, settled. Without slots, so that `delivery` is made once."""

    values: Mapping[str, Entry]
    pause: Mapping[str, Entry]  # level -> seconds
    cast: Cast = field(default_factory=Cast)
    styles: StyleNames = field(default_factory=StyleNames)
    voices_path: tuple[Path, ...] = ()
    files: tuple[Path, ...] = ()  # the settings files that were read, the strongest first

    def __getitem__(self, name: str) -> Any:
        """The effective value of a key of `settings.KEYS`."""
        return self.values[name].value

    def origin(self, name: str) -> str:
        """Who said it."""
        return self.values[name].origin

    @cached_property
    def delivery(self) -> Delivery:
        """What was said of lines about which neither the script nor the cast says more."""
        said = (name for name in DELIVERY_KEYS if self.origin(name) != BUILT_IN)
        return delivery_of({name: self[name] for name in said})

    def rows(self) -> Iterator[tuple[str, Any, str]]:
        """(key, value, origin) of every setting, for `sbv2 doctor`."""
        for name, entry in self.values.items():
            yield name, entry.value, entry.origin
        for level, entry in self.pause.items():
            yield f"pause.{level}", entry.value, entry.origin
        yield "voices_path", self.voices_path, ""
        for role in self.cast.roles.values():
            yield f"cast.{role.name}", role.delivery, role.origin
        for style in self.styles.names.values():
            yield f"styles.{style.name}", style.target, style.origin


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
        cast_file: a TOML file whose `[cast]` and `[styles]` go over those of the settings files.
        environment: the variables; by default those of the process.
    """
    environment = os.environ if environment is None else environment
    found = dict(_files(scripts, config_file, environment)) if use_files else {}
    paths = list(found)
    sheets = [Sheet.read(path, given=given) for path, given in found.items()]
    cast_sheets = [Sheet.read(cast_file, only_cast=True, given="--cast")] if cast_file else []
    values: Values = {
        name: Entry(value=key.built_in, origin=BUILT_IN) for name, key in KEYS.items()
    }
    pause: Values = {level: Entry(value=value, origin=BUILT_IN) for level, value in PAUSES.items()}
    for sheet in reversed(sheets):
        values |= _with_engine(sheet.values)
        pause |= sheet.pause
    values |= _with_engine(_from_environment(environment))
    values |= _with_engine(
        {
            name: Entry(value=value, origin=f"--{name.replace('_', '-')}")
            for name, value in (flags or {}).items()
            if value is not None and value != () and name in KEYS
        }
    )
    pause |= {
        level: Entry(value=value, origin="--pause")
        for level, value in ((flags or {}).get("pause") or {}).items()
    }
    roles: dict[str, Role] = {}
    styles: dict[str, StyleName] = {}
    for sheet in reversed([*cast_sheets, *sheets]):
        roles |= sheet.roles
        styles |= sheet.styles
    return Configuration(
        values=values,
        pause=pause,
        cast=cast_of(roles),
        styles=style_names(styles),
        voices_path=tuple(place for sheet in sheets for place in sheet.voices_path),
        files=tuple(paths),
    )


def _with_engine(said: Values) -> Values:
    """What is said in one place, and what the game engine wants that it names.

    So an engine holds over what weaker places say, and not over anything beside it.
    """
    entry = said.get("for")
    if entry is None:
        return said
    settings = {"name": None, **ENGINES[entry.value].settings}
    origin = f"for {entry.value} ({entry.origin})"
    return {name: Entry(value=value, origin=origin) for name, value in settings.items()} | said


def _files(
    scripts: Sequence[Path], config_file: Path | None, environment: Mapping[str, str]
) -> Iterator[tuple[Path, str | None]]:
    """The settings files to read, the strongest first, and who names them."""
    variable = f"{PREFIX}CONFIG"
    if config_file is not None:
        yield config_file, "--config"
    elif environment.get(variable):
        yield Path(environment[variable]), variable
    else:
        first = next((script for script in scripts if str(script) != "-"), None)
        start = Path.cwd() if first is None else first.absolute()
        for folder in (start, *start.parents):
            if (folder / PROJECT_FILE).is_file():
                yield folder / PROJECT_FILE, None
                break
    user = user_directory(environment) / USER_FILE
    if user.is_file():
        yield user, None


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
