"""Files that are there under another name: a plan, which is for a person to read and to apply.

New names are those of missing files and old ones belong to no line, so no step of a plan is in the
way of another, and none replaces a file.
"""

from __future__ import annotations

import csv
import io
import json
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path, PurePosixPath

from sbv2cli.errors import UsageError
from sbv2cli.files import disk_error, write_whole
from sbv2cli.pipeline.audit.folder import Matched
from sbv2cli.pipeline.audit.wanted import WantedFile
from sbv2cli.records import ManifestRow
from sbv2cli.writers import naming

COLUMNS = ("old", "new", "why")
ALIKE = 0.9  # of the characters of a text: an edit, and not another line
_NEAR = 40  # lines before and after that a text is compared with


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename:
    """One step: paths below the folder, and the reason."""

    wanted: WantedFile
    old: str
    new: str
    why: str


def plan(matched: Matched, rows: Sequence[ManifestRow]) -> list[Rename]:
    """Which files that are left are those of missing lines; `rows` say what these files hold.

    The surest reasons come first: a name that differs in its spelling, then in its folder, then
    the text, equal or nearly so.
    """
    made = _Plan(matched)
    for why, key in (("spelling", _spelling), ("folder", _name)):
        by_key = _unique(made.free, key)
        for one in made.open_lines():
            made.take(one, by_key.get(key(one.file)), why)
    held = sorted((row for row in rows if row.file in made.free), key=lambda row: row.number)
    same: dict[tuple[str, str | None], list[ManifestRow]] = defaultdict(list)
    for row in reversed(held):
        same[row.text, row.character].append(row)
    for one in made.open_lines():
        # Lines that say the same are taken in the order of the script.
        if alike := same[one.line.text, one.line.character]:
            made.take(one, alike.pop().file, "same text")
    numbers = [row.number for row in held]
    for one in made.open_lines():
        here = bisect_left(numbers, one.line.number)
        near = held[max(0, here - _NEAR) : here + _NEAR]
        found = _most_alike(one, [row for row in near if row.file in made.free])
        if found is not None:
            row, likeness = found
            made.take(one, row.file, f"text {likeness:.0%} alike")
    return made.in_order()


class _Plan:
    """The steps so far, and what is still to be had."""

    def __init__(self, matched: Matched) -> None:
        self.missing = matched.missing
        self.free = dict.fromkeys(matched.left)
        self._steps: dict[int, Rename] = {}
        there = (*matched.left, *(path for _, path in matched.found))
        self._taken = Counter(naming.fold(path) for path in there)
        self._places = {id(one): place for place, one in enumerate(self.missing)}

    def open_lines(self) -> list[WantedFile]:
        """The lines that have no file yet."""
        return [one for place, one in enumerate(self.missing) if place not in self._steps]

    def take(self, one: WantedFile, old: str | None, why: str) -> None:
        """Give a file to a line, unless the name that it would get is another file's."""
        if old is None or old not in self.free:
            return
        new = str(PurePosixPath(one.file).with_suffix(PurePosixPath(old).suffix))
        folded = naming.fold(new)
        itself = 1 if folded == naming.fold(old) else 0
        if self._taken[folded] > itself:
            return
        del self.free[old]
        self._taken[folded] += 1
        self._steps[self._places[id(one)]] = Rename(wanted=one, old=old, new=new, why=why)

    def in_order(self) -> list[Rename]:
        """The steps, in the order of the lines."""
        return [step for _, step in sorted(self._steps.items())]


def write(path: Path, renames: Sequence[Rename], *, fsync: bool = True) -> None:
    """Write a plan: JSON lines where the name ends so, else CSV. Only a plan is replaced."""
    _refuse_foreign(path)
    rows = [{"old": one.old, "new": one.new, "why": one.why} for one in renames]
    if path.suffix.lower() in {".jsonl", ".ndjson"}:
        text = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
    else:
        out = io.StringIO()
        table = csv.DictWriter(out, COLUMNS, lineterminator="\r\n")
        table.writeheader()
        table.writerows(rows)
        text = f"\ufeff{out.getvalue()}"  # spreadsheets take the mark for UTF-8
    write_whole(path, text.encode(), fsync=fsync)


def _refuse_foreign(path: Path) -> None:
    try:
        first = path.read_bytes()[:100]
    except FileNotFoundError:
        return
    except OSError as error:
        raise disk_error(error, path) from None
    headers = (b"\xef\xbb\xbfold,new,why", b"old,new,why", b'{"old": ')
    if first and not first.startswith(headers):
        raise UsageError(
            "audit.plan",
            "there is a file of that name which is no plan of renames",
            at=str(path),
            hint="name another file with --fix",
        )


def _unique(paths: Mapping[str, None], key: Callable[[str], str]) -> Mapping[str, str]:
    """The paths by their keys, without those that are not the only one."""
    by_key: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        by_key[key(path)].append(path)
    return {name: found[0] for name, found in by_key.items() if len(found) == 1}


def _spelling(path: str) -> str:
    return naming.fold(str(PurePosixPath(path).with_suffix("")))


def _name(path: str) -> str:
    return naming.fold(PurePosixPath(path).stem)


def _most_alike(one: WantedFile, rows: Sequence[ManifestRow]) -> tuple[ManifestRow, float] | None:
    found = [(row, ratio) for row, ratio in _likeness(one, rows) if ratio >= ALIKE]
    return max(found, key=lambda item: (item[1], -_distance(one, item[0])), default=None)


def _distance(one: WantedFile, row: ManifestRow) -> int:
    return abs(row.number - one.line.number)


def _likeness(one: WantedFile, rows: Sequence[ManifestRow]) -> Iterator[tuple[ManifestRow, float]]:
    matcher = SequenceMatcher(a="", b=one.line.text, autojunk=False)
    for row in rows:
        if row.character == one.line.character:
            matcher.set_seq1(row.text)
            if matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE:
                yield row, matcher.ratio()
