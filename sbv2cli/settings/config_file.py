"""One settings file, read and checked: every value with its origin, every error with its row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from sbv2cli.errors import UsageError, did_you_mean
from sbv2cli.files import cannot_read
from sbv2cli.records import Delivery
from sbv2cli.settings.cast import Role, fold
from sbv2cli.settings.keys import ALIASES, ANYWHERE, KEYS, sections
from sbv2cli.settings.parse import parse, parse_pause, parse_pauses, pause_level
from sbv2cli.settings.resolve import delivery_of
from sbv2cli.settings.style_names import StyleName
from sbv2cli.units import KINDS, Written

Values = dict[str, "Entry"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One effective value and who said it: `--speed`, `SBV2_SPEED`, `sbv2.toml:4`, `built in`."""

    value: Any
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One TOML file, checked."""

    values: Values
    pause: Values
    roles: dict[str, Role]
    styles: dict[str, StyleName] = field(default_factory=dict)  # by the folded name
    voices_path: tuple[Path, ...] = ()

    @classmethod
    def read(cls, path: Path, *, only_cast: bool = False, given: str | None = None) -> Sheet:
        """Read a file; of a cast file the roles may stand at the top, without `[cast]`.

        `given` is the option or the variable that names it.
        """
        source = _Toml.open(path, given)
        known = ("voices_path", "defaults", "cast", "styles", *sections())
        tables = ("cast", "styles") if only_cast else known
        content = source.content
        if only_cast and "cast" not in content:
            roles_alone = {name: role for name, role in content.items() if name != "styles"}
            content = {"cast": roles_alone, "styles": content.get("styles", {})}
        source.refuse_unknown(content, tables, "")
        values: Values = {}
        defaults = dict(source.table(content, "defaults"))
        pause = source.pauses(defaults.pop("pause", {}))
        values |= source.settings(defaults, "defaults", ANYWHERE)
        for section in sections():
            values |= source.settings(source.table(content, section), section, (section,))
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
            styles=source.style_names(source.table(content, "styles")),
            voices_path=tuple(path.parent / Path(place).expanduser() for place in places),
        )


# Looked for in rows without outer blanks; each can begin in one place only, so that no row takes
# longer than it is long.
_HEADING_END = re.compile(r"\](?=\s*(?:#|$))")
_KEY = re.compile(r"""(?:"([^"]*)"|'([^']*)'|([^\s=.\["']+))\s*[=.]""")


@dataclass(frozen=True, kw_only=True)
class _Toml:
    """A TOML file with the means to say where in it a key stands."""

    path: Path
    text: str
    content: dict[str, Any]

    @classmethod
    def open(cls, path: Path, given: str | None) -> _Toml:
        try:
            text = path.read_bytes().decode("utf-8-sig")
        except OSError as error:
            raise cannot_read(error, path, given=given, code="config.missing") from None
        except UnicodeDecodeError as error:
            raise UsageError(
                "config.syntax",
                f"the settings file is not UTF-8 at byte {error.start}",
                at=str(path),
                hint="save it as UTF-8",
            ) from None
        import tomllib  # noqa: PLC0415  most commands meet no settings file

        try:
            return cls(path=path, text=text, content=tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            message = str(error)
            if message[:1].isupper():
                message = message[0].lower() + message[1:]
            place = re.search(r"\(at line (\d+), column (\d+)\)", message)
            raise UsageError(
                "config.syntax",
                f"no TOML: {(message[: place.start()] if place else message).strip().rstrip('.')}",
                at=f"{path}:{place[1]}:{place[2]}" if place else str(path),
                hint=(_quoting_hint(text, int(place[1])) if place else None)
                or 'write a setting as speed = 1.2, and a text in quotation marks: voice = "hana"',
            ) from None
        except RecursionError:
            raise UsageError("config.syntax", "nested too deeply", at=str(path)) from None
        except ValueError:  # Python converts no more digits
            raise UsageError(
                "config.syntax", "a number of thousands of digits", at=str(path)
            ) from None

    def at(self, key: str, table: str = "") -> str:
        """`path:row` of a key; the row is found by its spelling, as tomllib does not keep it."""
        return f"{self.path}:{self._row(key, table)}"

    def _row(self, key: str, table: str) -> int:
        tables, keys = self._places
        heading = tables.get(f"{table}.{key}" if table else key)
        found = [row for row in (heading, keys.get((table, key))) if row is not None]
        return min(found, default=tables.get(table, 1))

    @cached_property
    def _places(self) -> tuple[dict[str, int], dict[tuple[str, str], int]]:
        """The rows of tables, and of keys in them; the first of each."""
        tables: dict[str, int] = {}
        keys: dict[tuple[str, str], int] = {}
        within = ""
        for row, line in enumerate(self.text.splitlines(), start=1):
            written = line.strip()
            if written.startswith("[") and (end := _HEADING_END.search(written)):
                within = written[1 : end.start()].strip().replace('"', "").replace("'", "")
                tables.setdefault(within, row)
            elif match := _KEY.match(written):
                keys.setdefault((within, match[1] or match[2] or match[3]), row)
        return tables, keys

    def error(
        self, code: str, message: str, key: str, table: str = "", hint: str | None = None
    ) -> UsageError:
        return UsageError(code, message, at=self.at(key, table), hint=hint)

    def refuse_unknown(self, content: Mapping[str, Any], known: Iterable[str], table: str) -> None:
        known = list(known)
        for key in content:
            if key not in known:
                message = f'there is no setting "{key}"'
                if table:
                    message = f'there is no setting "{key}" in [{table}]'
                raise self.error(
                    "config.key-unknown",
                    message,
                    key,
                    table,
                    did_you_mean(key, known),
                )

    def table(self, content: Mapping[str, Any], name: str) -> dict[str, Any]:
        table = content.get(name, {})
        if not isinstance(table, dict):
            raise self.error("config.value", f"{name} is not a table", name)
        return table

    def settings(self, content: Mapping[str, Any], table: str, where: tuple[str, ...]) -> Values:
        """The values of one table, parsed; an alias of another tool counts for our key."""
        known = [name for name, key in KEYS.items() if key.where in where]
        if "line" in where:
            known += list(ALIASES)
        self.refuse_unknown(content, known, table)
        values: Values = {}
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
            here = key.path and not _is_written_as(key.unless, value)
            parsed.append(str(self.path.parent / Path(value).expanduser()) if here else value)
        return tuple(parsed) if key.many else parsed[0]

    def pauses(self, written: Any) -> Values:
        if isinstance(written, str):
            pauses = parse_pauses(written, at=self.at("pause", "defaults"))
        elif isinstance(written, dict):
            at = self.at("pause", "defaults")
            pauses = {
                pause_level(level, at): parse_pause(f"pause {level}", _plain(length, at), at=at)
                for level, length in written.items()
            }
        else:
            raise self.error("config.value", "pause is not a table", "pause", "defaults")
        return {
            level: Entry(value=length, origin=self.at("pause", "defaults"))
            for level, length in pauses.items()
        }

    def style_names(self, content: Mapping[str, Any]) -> dict[str, StyleName]:
        names: dict[str, StyleName] = {}
        for name, target in content.items():
            if not isinstance(target, str) or not target.strip():
                raise self.error(
                    "config.value",
                    f'"{name}" is no style of a voice',
                    name,
                    "styles",
                    hint='write "喜び" = "Happy:0.8"; the voice\'s own style has the number "0"',
                )
            if fold(name) in names:
                first = names[fold(name)].name
                twice = f"{first} and {name} are one name"
                raise self.error("setting.twice", twice, name, "styles")
            names[fold(name)] = StyleName(
                name=name, target=target.strip(), origin=self.at(name, "styles")
            )
        return names

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


def _is_written_as(kind: str, value: str) -> bool:
    if not kind:
        return False
    try:
        KINDS[kind](value)
    except ValueError:
        return False
    return True


def _plain(written: Any, at: str | None) -> Written:
    if not isinstance(written, str | int | float | bool):
        raise UsageError("config.value", "a pause is a list or a table", at=at)
    return written
