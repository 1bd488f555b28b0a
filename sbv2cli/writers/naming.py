"""File names from templates: safe on every platform, unique, the same on every run.

Values come from scripts, so they are never trusted: a `/` in one makes no folder, nothing leaves
the output folder, and two lines never share a path.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from string import Formatter

from sbv2cli import normal_form
from sbv2cli.errors import ScriptError, UsageError, did_you_mean

FIELDS = (
    "id n nc index0 chapter chapter_title scene character voice speaker style take text reading "
    "lang source stem hash date ext"
).split()
META = "meta."
# {n.chapter.character} counts the lines of each character of each chapter, from 1.
COUNT = "n."
COUNT_KEYS = ("character", "chapter", "scene", "source")
NC = "nc"  # short for n.character

BY_ID = "{id}.{ext}"
BY_CHAPTER = "{chapter:02d}/{n:04d}.{ext}"
BY_NUMBER = "{n:04d}.{ext}"

# File systems take 255 bytes (a kana costs three); the rest is for the temporary name and for
# people who add an ending.
COMPONENT_BYTES = 200
CUT_HASH = 8

# What Windows refuses in names, and the full-width signs that read the same.
LOOK_ALIKES = str.maketrans('<>:"/\\|?*', "＜＞：＂／＼｜？＊")
DEVICES = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$", "clock$"]
    + [f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³"]
)
# Ours, in the output folder.
RESERVED = frozenset({"manifest.jsonl", "changes.md", "changes.csv", "timings", ".sbv2.lock"})

_NUMBERS = frozenset({"n", "nc", "index0", "chapter", "take"})
_DRIVE = re.compile(r"[A-Za-z]:")
_NUMBER_SPEC = re.compile(r"0?\d{0,3}d")
_CUT_SPEC = re.compile(r"\.(\d{1,3})")

Values = Mapping[str, str | int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplatePart:
    """A stretch of a template: words that stand as they are, then perhaps a field."""

    literal: str
    field: str | None = None
    spec: str = ""
    default: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A parsed name template."""

    text: str
    pieces: tuple[TemplatePart, ...]

    @property
    def fields(self) -> frozenset[str]:
        """The fields it asks for."""
        return frozenset(piece.field for piece in self.pieces if piece.field)


@dataclass(frozen=True, slots=True, kw_only=True)
class Collision:
    """Two lines that would be written to one path."""

    first: str  # line id
    second: str
    path: str


def parse_template(text: str) -> Template:
    """Read `{field}`, `{field:spec}` and `{field|default}`; anything else is refused."""
    if text.startswith(("/", "\\")) or _DRIVE.match(text):
        raise _bad_template(text, "it is an absolute path", "name files below the output folder")
    try:
        parsed = list(Formatter().parse(text.replace("\\", "/")))
    except ValueError as error:
        raise _bad_template(text, str(error), "write {{ and }} for braces") from None
    pieces = tuple(_piece(text, *part) for part in parsed)
    if any(folder == ".." for piece in pieces for folder in piece.literal.split("/")):
        raise _bad_template(text, 'it contains ".."', "name files below the output folder")
    if not any(piece.field for piece in pieces):
        raise _bad_template(text, "every line would get the same name", f"write {BY_ID}")
    return Template(text=text, pieces=pieces)


def count_keys(field: str) -> tuple[str, ...]:
    """What the lines that a field counts have in common."""
    return ("character",) if field == NC else tuple(field.removeprefix(COUNT).split("."))


def default_template(*, ids_given: bool, chapters: bool) -> str:
    """The template where nobody gave one."""
    if ids_given:
        return BY_ID
    return BY_CHAPTER if chapters else BY_NUMBER


def file_name(template: Template, values: Values, *, restrict: bool = False) -> str:
    """The path of a line below the output folder, with `/` between folders."""
    # A slash between folders can only come from the template: values have lost theirs by now.
    filled = "".join(_fill(piece, values, restrict=restrict) for piece in template.pieces)
    return _finished(filled.split("/"), str(values["ext"]), restrict=restrict)


def asked_name(path: str, ext: str, *, restrict: bool = False, at: str | None = None) -> str:
    """The path that a script asks for by name; it may have folders, but must stay inside."""
    parts = path.replace("\\", "/").split("/")
    if parts[0] == "" or _DRIVE.match(path) or ".." in parts or path.startswith("~"):
        raise ScriptError(
            "name.outside",
            f'the file name "{path[:80]}" leaves the output folder',
            at=at,
            hint="give a name below the output folder, without .. or a leading /",
        )
    return _finished(
        [safe_value(part, restrict=restrict) for part in parts], ext, restrict=restrict
    )


def safe_value(value: str, *, restrict: bool = False) -> str:
    """A value as a part of a name: readable, but without what a file system refuses."""
    value = normal_form.normalize("NFC", value)
    if restrict:
        bare = normal_form.normalize("NFKD", value).encode("ascii", "ignore").decode()
        kept = re.sub(r"[^A-Za-z0-9._-]+", "_", bare)
        # A name of which nothing is ASCII keeps its identity as a hash: 太郎 and 花子 must differ.
        return kept if kept.strip("._-") or not value else _digest(value)
    visible = "".join("_" if _invisible(character) else character for character in value)
    return visible.translate(LOOK_ALIKES).strip(" \u3000")


def collisions(names: Iterable[tuple[str, str]]) -> Iterator[Collision]:
    """Lines (id, path) that meet on a file system that ignores case and composes accents."""
    files: dict[str, str] = {}
    folders: dict[str, str] = {}
    for line, path in names:
        folded = fold(path)
        parents = [folded[:end] for end in _slashes(folded)]
        other = files.get(folded) or folders.get(folded)
        other = other or next((files[parent] for parent in parents if parent in files), None)
        if other is not None:
            yield Collision(first=other, second=line, path=path)
        files.setdefault(folded, line)
        for parent in parents:
            folders.setdefault(parent, line)


def with_suffixes(names: Iterable[tuple[str, str]]) -> list[str]:
    """The paths with `-2`, `-3` put on those that would meet an earlier one."""
    taken: set[str] = set()
    result: list[str] = []
    last: dict[str, int] = {}  # numbers that a path has got; its lines may be thousands
    for _, path in names:
        stem, dot, ext = path.rpartition(".")
        candidate, number = path, last.get(fold(path), 1)
        while fold(candidate) in taken:
            number += 1
            candidate = f"{stem}-{number}{dot}{ext}"
        taken.add(fold(candidate))
        last[fold(path)] = number
        result.append(candidate)
    return result


def fold(path: str) -> str:
    """A path as a file system sees it that ignores case and composes accents."""
    return normal_form.normalize("NFC", normal_form.normalize("NFC", path).casefold())


def graphemes(text: str) -> Iterator[str]:
    """Characters as people count them: a letter with its marks, a joined emoji."""
    cluster: list[str] = []
    for character in text:
        joined = cluster and (
            unicodedata.category(character) in {"Mn", "Me", "Mc"}
            or "\u200d" in (character, cluster[-1])
            or "\U0001f3fb" <= character <= "\U0001f3ff"
            or (_flag(character) and _flag(cluster[-1]) and len(cluster) % 2 == 1)
        )
        if cluster and not joined:
            yield "".join(cluster)
            cluster = []
        cluster.append(character)
    if cluster:
        yield "".join(cluster)


def _piece(
    text: str, literal: str, name: str | None, spec: str | None, conversion: str | None
) -> TemplatePart:
    if name is None:
        return TemplatePart(literal=literal)
    field, bar, default = name.partition("|")
    spec = spec or ""
    if not bar and "|" in spec:  # {chapter:02d|0}
        spec, bar, default = spec.partition("|")
    if conversion or "{" in spec:
        raise _bad_template(text, f'"{name}" has a conversion', "remove ! and nested braces")
    known = field in FIELDS or (field.startswith(META) and len(field) > len(META))
    if field.startswith(COUNT):
        if not set(count_keys(field)) <= set(COUNT_KEYS):
            hint = f"count within {', '.join(COUNT_KEYS)}: {{n.chapter.character}}"
            raise _bad_template(text, f'"{field}" counts within nothing known', hint)
    elif not known:
        raise _bad_template(text, f'there is no field "{field}"', did_you_mean(field, FIELDS))
    if spec and not _good_spec(field, spec):
        raise _bad_template(
            text, f'"{spec}" does not fit the field "{field}"', "specs: 04d, .20, slug, lower"
        )
    return TemplatePart(literal=literal, field=field, spec=spec, default=default if bar else None)


def _good_spec(field: str, spec: str) -> bool:
    if _NUMBER_SPEC.fullmatch(spec):
        return _is_number(field)
    return spec in {"slug", "lower"} or _CUT_SPEC.fullmatch(spec) is not None


def _fill(piece: TemplatePart, values: Values, *, restrict: bool) -> str:
    if piece.field is None:
        return piece.literal
    value = values.get(piece.field)
    if value is None or value == "":
        value = piece.default if piece.default is not None else _nothing(piece)
    return piece.literal + _formatted(value, piece.spec, restrict=restrict)


def _nothing(piece: TemplatePart) -> str | int:
    return 0 if _is_number(piece.field) else "_"


def _is_number(field: str | None) -> bool:
    return field in _NUMBERS or (field or "").startswith(COUNT)


def _formatted(value: str | int, spec: str, *, restrict: bool) -> str:
    if isinstance(value, int):
        return format(value, spec if spec.endswith("d") else "d")
    value = value.removeprefix("line:")  # Yarn's ids; Unity looks for the bare name
    if spec == "slug":
        return safe_value(value, restrict=True).strip("._-").lower()
    if spec == "lower":
        value = value.lower()
    cut = _CUT_SPEC.fullmatch(spec)
    if cut:
        value = "".join(list(graphemes(value))[: int(cut[1])])
    return safe_value(value, restrict=restrict)


def _finished(parts: list[str], ext: str, *, restrict: bool) -> str:
    parts = [part for part in parts if part not in {"", "."}] or ["_"]
    suffix = f".{ext}"
    stem = parts[-1].removesuffix(suffix)
    folders = [_component(part, "", restrict=restrict) for part in parts[:-1]]
    path = "/".join([*folders, _component(stem, suffix, restrict=restrict)])
    return f"_{path}" if path.partition("/")[0].casefold() in RESERVED else path


def _component(stem: str, suffix: str, *, restrict: bool) -> str:
    whole = stem
    if not suffix:
        stem = stem.rstrip(". ")
    stem = stem.strip(" ") or "_"
    if set(stem) == {"."}:
        stem = "_"
    if stem.startswith("."):  # hidden files, and our own temporary ones
        stem = f"_{stem[1:]}"
    if stem.partition(".")[0].rstrip(" ").casefold() in DEVICES:
        first, dot, rest = stem.partition(".")
        stem = f"{first}_{dot}{rest}"
    room = COMPONENT_BYTES - len(suffix.encode())
    if len(stem.encode()) > room:
        mark = f"-{_digest(whole)}"
        stem = _cut(stem, room - len(mark)).rstrip(". ") + mark
    assert not restrict or stem.isascii() or not whole.isascii()
    return stem + suffix


def _cut(text: str, size: int) -> str:
    kept: list[str] = []
    for cluster in graphemes(text):
        size -= len(cluster.encode())
        if size < 0:
            break
        kept.append(cluster)
    return "".join(kept)


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()[:CUT_HASH]


def _invisible(character: str) -> bool:
    # Controls, lone surrogates, line separators, and the marks that turn the writing direction,
    # with which a name can show another ending than it has. Joiners inside words stay.
    category = unicodedata.category(character)
    return category in {"Cc", "Cs", "Zl", "Zp"} or (
        category == "Cf" and character not in "\u200c\u200d"
    )


def _flag(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _slashes(path: str) -> list[int]:
    return [position for position, character in enumerate(path) if character == "/"]


def _bad_template(text: str, why: str, hint: str) -> UsageError:
    return UsageError(
        "name.template", f'the name template "{text}" cannot be used: {why}', hint=hint
    )
