"""What a join made, as JSON beside its files: which are ours, what of them is still true.

It holds the levels too, and `markdown` makes of it the page that people read.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sbv2cli.errors import UsageError
from sbv2cli.files import sha256_of
from sbv2cli.pipeline.join import verdict
from sbv2cli.pipeline.join.levels import Levels

if TYPE_CHECKING:
    from sbv2cli.pipeline.join.parts import Part
    from sbv2cli.pipeline.join.settings import JoinSettings
    from sbv2cli.pipeline.join.targets import Target
    from sbv2cli.pipeline.join.verdict import Check

SCHEMA = "sbv2.join/1"
# Raised when equal lines and settings may give other bytes.
VERSION = 1
_DIGITS = 2
REPLACED = "replaced"  # key of a join under way: files of the one before

_PREFACE = (
    "Measured on the encoded files. This is a check of numbers only: whether a shop takes a"
    " synthetic voice is another question."
)
_REPORT_HINT = "give the NAME.report.json that sbv2 join wrote; join --force renews an older one"
_COLUMNS = (
    *("file", "chapter", "length", "RMS dB", "peak dB", "true peak dB", "floor dB", "LUFS"),
    *("head s", "tail s", "verdict"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedChapter:
    """A chapter in a file."""

    title: str
    start: float  # seconds
    levels: Levels | None = None
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedFile:
    """A file that was written."""

    name: str
    seconds: float
    bytes: int
    sha256: str
    chapters: tuple[JoinedChapter, ...]
    # id of each line -> where it begins and how long it is, in seconds
    lines: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    levels: Levels | None = None
    checks: tuple[Check, ...] = ()
    beside: Mapping[str, str] = field(default_factory=dict)  # subtitles -> SHA-256

    @property
    def passed(self) -> bool:
        """Whether nothing is outside its limits."""
        checks = [*self.checks, *(check for one in self.chapters for check in one.checks)]
        return all(check.passed for check in checks)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesOfFile:
    """Where the lines of a joined file begin, and how long they are."""

    name: str
    seconds: float
    lines: Mapping[str, tuple[float, float]]


def path_of(settings: JoinSettings) -> Path:
    """Where the receipt of a join stands."""
    # A template is no name: a colon is no character of one on Windows.
    name = "book" if "{" in settings.to.name else settings.to.stem
    return settings.to.parent / f"{name}.report.json"


def key(parts: Sequence[Part], settings: JoinSettings) -> str:
    """What the bytes of the files depend on."""
    inputs = [path for path in (settings.opening, settings.closing, _tone(settings)) if path]
    said = [
        VERSION,
        repr((settings.encoding, settings.target, settings.room_tone, settings.subtitles)),
        repr(settings.tags),
        [sha256_of(path) for path in inputs],
        [[part.path.name, part.rate, part.samples, repr(part.chapters)] for part in parts],
        [
            [line.id, _digest(line), start, line.samples, line.voice]
            for part in parts
            for line, start in zip(part.lines, part.starts, strict=True)
        ],
    ]
    return hashlib.blake2b(json.dumps(said).encode(), digest_size=16).hexdigest()


def _tone(settings: JoinSettings) -> Path | None:
    return settings.room_tone.path if settings.room_tone else None


def _digest(line: Any) -> str | None:
    if line.path is None or line.row is None:
        return None
    audio = line.row.audio
    if line.sha256 and audio and audio.bytes == line.path.stat().st_size:
        return str(line.sha256)
    return sha256_of(line.path)


def read(path: Path) -> Mapping[str, Any]:
    """The receipt of an earlier join; empty where there is none of ours."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and found.get("schema") == SCHEMA else {}


def joined_files(path: Path) -> list[LinesOfFile]:
    """The files of a receipt with their lines, for subtitles."""
    if not path.exists():
        raise UsageError(
            "export.joined", "there is no such report", at=str(path), hint=_REPORT_HINT
        )
    files = read(path).get("files", ())
    if not files or not all("lines" in one for one in files):
        raise UsageError(
            "export.joined",
            "it is no report that says where lines begin",
            at=str(path),
            hint=_REPORT_HINT,
        )
    return [
        LinesOfFile(name=one["name"], seconds=one["seconds"], lines=one["lines"]) for one in files
    ]


def is_ours(path: Path, earlier: Mapping[str, Any]) -> bool:
    """Whether a file is one that an earlier join wrote, and nobody changed since."""
    known = _known(earlier).get(path.name)
    return known is not None and sha256_of(path) in known


def digests(earlier: Mapping[str, Any]) -> dict[str, str]:
    """The files of a join, and what stands beside them."""
    found: dict[str, str] = {}
    for one in earlier.get("files", ()):
        found |= {one["name"]: one["sha256"], **one["beside"]}
    return found


def under_way(
    files: Sequence[JoinedFile], gains: Mapping[str, float], earlier: Mapping[str, Any]
) -> dict[str, Any]:
    """The receipt while files are written: the last of them is there, or what it replaces.

    That may be a file of the join before those that were killed.
    """
    return {**as_json(files, None, None, gains), REPLACED: _known(earlier)}


def _known(earlier: Mapping[str, Any]) -> dict[str, list[str]]:
    """The digests that each file of a join may have: where it was killed, more than one."""
    found = {name: list(known) for name, known in earlier.get(REPLACED, {}).items()}
    for name, digest in digests(earlier).items():
        if digest not in found.setdefault(name, []):
            found[name].append(digest)
    return found


def as_json(
    files: Sequence[JoinedFile], key_: str | None, target: Target | None, gains: Mapping[str, float]
) -> dict[str, Any]:
    """The receipt."""
    return {
        "schema": SCHEMA,
        "key": key_,
        "target": target.name if target else None,
        "passed": all(file.passed for file in files) if target else None,
        "gains_db": dict(gains),
        "files": [_file_json(file) for file in files],
    }


def _file_json(file: JoinedFile) -> dict[str, Any]:
    return {
        "name": file.name,
        "seconds": round(file.seconds, 6),
        "bytes": file.bytes,
        "sha256": file.sha256,
        **_levels_json(file.levels, file.checks),
        "chapters": [
            {
                "title": chapter.title,
                "start": round(chapter.start, 6),
                **_levels_json(chapter.levels, chapter.checks),
            }
            for chapter in file.chapters
        ],
        "lines": {line: [round(one, 6) for one in times] for line, times in file.lines.items()},
        "beside": dict(file.beside),
    }


def _levels_json(levels: Levels | None, checks: Sequence[Check]) -> dict[str, Any]:
    if levels is None:
        return {}
    return {
        "levels": {
            name: round(value, _DIGITS) if math.isfinite(value) else None
            for name, value in asdict(levels).items()
        },
        "failed": [{"what": str(c), "change": c.change} for c in checks if not c.passed],
    }


def markdown(
    files: Sequence[JoinedFile],
    target: Target,
    gains: Mapping[str, float],
    words: Callable[[str], str] = str,
) -> str:
    """The levels and what to change, for people; `words` puts them into their language."""
    rows = [
        f"# {words('Levels')}: {target.name}",
        "",
        words(_PREFACE),
        "",
        f"| {' | '.join(map(words, _COLUMNS))} |",
        f"|{'---|' * len(_COLUMNS)}",
    ]
    for file in files:
        rows.append(_row(file.name, "", file.levels, words, passed=file.passed))
        if len(file.chapters) > 1:
            rows += [
                _row("", each.title, each.levels, words, passed=all(c.passed for c in each.checks))
                for each in file.chapters
            ]
    rows += [
        "",
        f"## {words('What to change')}",
        "",
        *(_changes(files, words) or [words("Nothing.")]),
    ]
    rows += ["", f"## {words('Gains')}", ""]
    rows += [f"- {voice}: {gain:+.2f} dB" for voice, gain in gains.items()]
    return "\n".join(rows) + "\n"


def _row(
    name: str, title: str, levels: Levels | None, words: Callable[[str], str], *, passed: bool
) -> str:
    assert levels is not None
    minutes, seconds = divmod(round(levels.seconds), 60)
    numbers = (
        levels.rms_db,
        levels.peak_db,
        levels.true_peak_db,
        levels.floor_db,
        levels.lufs,
        levels.head,
        levels.tail,
    )
    silence = words("silence")
    shown = " | ".join(f"{value:.2f}" if math.isfinite(value) else silence for value in numbers)
    cell = title.replace("|", "\\|")
    verdict_ = words("pass") if passed else f"**{words('fail')}**"
    return f"| {name} | {cell} | {minutes}:{seconds:02d} | {shown} | {verdict_} |"


def _changes(files: Sequence[JoinedFile], words: Callable[[str], str]) -> list[str]:
    found = []
    for file in files:
        places: list[tuple[str, Sequence[verdict.Check]]] = [(file.name, file.checks)]
        places += [(f"{file.name}, {one.title}", one.checks) for one in file.chapters]
        found += [
            f"- {place}: {words(f'{check}. To change it: {check.change}.')}"
            for place, checks in places
            for check in checks
            if not check.passed
        ]
    return found
