"""What holds for a run: flags over `SBV2_*` over `sbv2.toml` over the user's file over built-ins.

Each value remembers who said it, so that `sbv2 doctor` can answer "why is it so". A key that
nobody knows is an error: a typing error in a settings file would otherwise do nothing, silently.
"""

from __future__ import annotations

import os
import re
import sys
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sbv2cli.errors import UsageError, did_you_mean
from sbv2cli.quantities import Written
from sbv2cli.records import Delivery, ScriptLine
from sbv2cli.settings import ALIASES, DELIVERY_KEYS, KEYS, PAUSES, delivery_of, parse, parse_pause

PROJECT_FILE = "sbv2.toml"
USER_FILE = "config.toml"
PREFIX = "SBV2_"
ANYONE = "*"  # the cast entry for characters without one of their own
BUILT_IN = "built in"
_LONGEST_NAME = 200  # normalising takes time with the square of a run of combining marks

# Where relative paths of flags and variables start is the current directory.
_Values = dict[str, "Entry"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One effective value and who said it: `--speed`, `SBV2_SPEED`, `sbv2.toml:4`, `built in`."""

    value: Any
    origin: str


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
    sheets = [_Sheet.read(path) for path in paths]
    cast_sheets = [_Sheet.read(cast_file, only_cast=True)] if cast_file else []
    values: _Values = {
        name: Entry(value=key.built_in, origin=BUILT_IN) for name, key in KEYS.items()
    }
    pause: _Values = {level: Entry(value=value, origin=BUILT_IN) for level, value in PAUSES.items()}
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
                hint="write comma=200ms,sentence=400ms,paragraph=0.8s,chapter=2s",
            )
        pauses[_level(level.strip(), at)] = parse_pause(f"pause {level.strip()}", length, at=at)
    return pauses


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


def _from_environment(environment: Mapping[str, str]) -> _Values:
    values: _Values = {}
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sheet:
    """One TOML file, checked."""

    values: _Values
    pause: _Values
    roles: dict[str, Role]
    voices_path: tuple[Path, ...] = ()

    @classmethod
    def read(cls, path: Path, *, only_cast: bool = False) -> _Sheet:
        source = _Source.open(path)
        tables = ("cast",) if only_cast else ("voices_path", "defaults", "cast", "render")
        content = source.content
        if only_cast and "cast" not in content:
            content = {"cast": content}
        source.refuse_unknown(content, tables, "")
        values: _Values = {}
        defaults = dict(source.table(content, "defaults"))
        pause = source.pauses(defaults.pop("pause", {}))
        values |= source.settings(defaults, "defaults", ("line", "run"))
        values |= source.settings(source.table(content, "render"), "render", ("render",))
        roles = {
            name: source.role(name, table) for name, table in source.table(content, "cast").items()
        }
        places = content.get("voices_path", [])
        places = [places] if isinstance(places, str) else places
        if not isinstance(places, list) or not all(isinstance(place, str) for place in places):
            raise source.error(
                "config.value", "voices_path is not a list of folders", "voices_path"
            )
        return cls(
            values=values,
            pause=pause,
            roles=roles,
            voices_path=tuple(path.parent / Path(place).expanduser() for place in places),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """A TOML file with the means to say where in it a key stands."""

    path: Path
    text: str
    content: dict[str, Any]

    @classmethod
    def open(cls, path: Path) -> _Source:
        try:
            text = path.read_bytes().decode("utf-8-sig")
        except OSError as error:
            raise UsageError(
                "config.missing",
                f"cannot read the settings file: {(error.strerror or 'no such file').lower()}",
                at=str(path),
            ) from None
        except UnicodeDecodeError as error:
            raise UsageError(
                "config.syntax",
                f"the settings file is not UTF-8 at byte {error.start}",
                at=str(path),
                hint="save it as UTF-8",
            ) from None
        try:
            return cls(path=path, text=text, content=tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            message = str(error)
            place = re.search(r"\(at line (\d+), column (\d+)\)", message)
            raise UsageError(
                "config.syntax",
                (message[: place.start()] if place else message).strip().rstrip(".").lower(),
                at=f"{path}:{place[1]}:{place[2]}" if place else str(path),
                hint=_quoting_hint(text, int(place[1])) if place else None,
            ) from None
        except RecursionError:
            raise UsageError("config.syntax", "nested too deeply", at=str(path)) from None

    def at(self, key: str, table: str = "") -> str:
        """`path:row` of a key; the row is found by its spelling, as tomllib does not keep it."""
        return f"{self.path}:{self._row(key, table)}"

    def _row(self, key: str, table: str) -> int:
        heading = re.compile(r"\s*\[\s*(.+?)\s*\]\s*(?:#.*)?")
        assignment = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.]")
        within = ""
        best = 1
        for row, line in enumerate(self.text.splitlines(), start=1):
            match = heading.fullmatch(line)
            if match:
                within = match[1].replace('"', "").replace("'", "")
                if within == (f"{table}.{key}" if table else key):
                    return row
                if within == table:
                    best = row
            elif within == table and assignment.match(line):
                return row
        return best

    def error(
        self, code: str, message: str, key: str, table: str = "", hint: str | None = None
    ) -> UsageError:
        return UsageError(code, message, at=self.at(key, table), hint=hint)

    def refuse_unknown(self, content: Mapping[str, Any], known: Iterable[str], table: str) -> None:
        known = list(known)
        for key in content:
            if key not in known:
                within = f" in [{table}]" if table else ""
                raise self.error(
                    "config.key-unknown",
                    f'there is no setting "{key}"{within}',
                    key,
                    table,
                    did_you_mean(key, known),
                )

    def table(self, content: Mapping[str, Any], name: str) -> dict[str, Any]:
        table = content.get(name, {})
        if not isinstance(table, dict):
            raise self.error("config.value", f"{name} is not a table", name)
        return table

    def settings(self, content: Mapping[str, Any], table: str, where: tuple[str, ...]) -> _Values:
        """The values of one table, parsed; an alias of another tool counts for our key."""
        known = [name for name, key in KEYS.items() if key.where in where]
        if "line" in where:
            known += list(ALIASES)
        self.refuse_unknown(content, known, table)
        values: _Values = {}
        spelled: dict[str, str] = {}
        for name, written in content.items():
            ours = ALIASES[name][0] if name in ALIASES else name
            if ours in spelled:
                raise self.error(
                    "setting.twice", f"{spelled[ours]} and {name} say the same twice", name, table
                )
            spelled[ours] = name
            values[ours] = Entry(
                value=self._value(name, written, table), origin=self.at(name, table)
            )
        return values

    def _value(self, name: str, written: Any, table: str) -> Any:
        key = KEYS[ALIASES[name][0] if name in ALIASES else name]
        at = self.at(name, table)
        pieces = written if key.many and isinstance(written, list) else [written]
        parsed = []
        for piece in pieces:
            if not isinstance(piece, str | int | float | bool):
                raise self.error("config.value", f"{name} is a list or a table", name, table)
            value = parse(name, piece, at=at)
            parsed.append(str(self.path.parent / Path(value).expanduser()) if key.path else value)
        return tuple(parsed) if key.many else parsed[0]

    def pauses(self, written: Any) -> _Values:
        if isinstance(written, str):
            pauses = parse_pauses(written, at=self.at("pause", "defaults"))
        elif isinstance(written, dict):
            at = self.at("pause", "defaults")
            pauses = {
                _level(level, at): parse_pause(f"pause {level}", _plain(length, at), at=at)
                for level, length in written.items()
            }
        else:
            raise self.error("config.value", "pause is not a table", "pause", "defaults")
        return {
            level: Entry(value=length, origin=self.at("pause", "defaults"))
            for level, length in pauses.items()
        }

    def role(self, name: str, content: Any) -> Role:
        table = f"cast.{name}"
        if isinstance(content, str):  # 太郎 = "amitaro"
            return Role(name=name, delivery=Delivery(voice=content), origin=self.at(name, "cast"))
        if not isinstance(content, dict):
            raise self.error("config.value", f'the role "{name}" is not a table', name, "cast")
        content = dict(content)
        aliases = content.pop("aliases", [])
        aliases = [aliases] if isinstance(aliases, str) else aliases
        if not isinstance(aliases, list) or not all(isinstance(alias, str) for alias in aliases):
            raise self.error("config.value", "aliases is not a list of names", "aliases", table)
        values = self.settings(content, table, ("line",))
        return Role(
            name=name,
            delivery=delivery_of({key: entry.value for key, entry in values.items()}),
            aliases=tuple(aliases),
            origin=self.at(name, "cast"),
        )


def _quoting_hint(text: str, row: int) -> str | None:
    written = text.split("\n")[row - 1 : row]
    if written and not written[0].isascii() and '"' not in written[0].partition("=")[0]:
        return 'a name beyond ASCII stands in quotes: [cast."太郎"]'
    return None


def _level(level: str, at: str | None) -> str:
    if level not in PAUSES:
        raise UsageError(
            "setting.pause",
            f'there is no pause level "{level}"',
            at=at,
            hint=did_you_mean(level, PAUSES),
        )
    return level


def _plain(written: Any, at: str | None) -> Written:
    if not isinstance(written, str | int | float | bool):
        raise UsageError("config.value", "a pause is a list or a table", at=at)
    return written


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
