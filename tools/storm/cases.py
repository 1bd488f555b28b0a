"""Commands that campaigns stop in the middle, and what must be true of what they leave.

Each is run once to its end. Whatever stops it afterwards, a file is then as it was before or as it
is after a whole run; and when it has been run again, everything is as after a whole run.
"""

from __future__ import annotations

import importlib
import json
import mmap
import os
import pkgutil
import resource
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import sbv2cli
from sbv2cli.languages.language import ReadOptions
from sbv2cli.languages.pool import Request, answer
from tools.storm import made
from tools.storm.command import Conditions, die_at, run

MANIFEST = "*manifest.jsonl"
LINES = 9
GOOD = frozenset({"ok", "aliased", "reused"})
# What tells of a run, and so is another after each: compared by its rows, or not at all.
OF_A_RUN = (MANIFEST, "*changes.md", "*changes.csv", "*.sbv2.lock")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A command, the folder that it finds, and how often it is tried."""

    name: str
    arguments: tuple[str, ...]  # {voices} and {data} stand for folders
    before: Callable[[Path, Callable[..., None]], None]
    often: int = 1
    ends: frozenset[int] = frozenset({0})  # statuses of a run after it has come to its end
    between: tuple[str, ...] = ()  # names of files that may be anything while it is unfinished
    own: tuple[str, ...] = ()  # and of those that are other in each run


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A case that has been run to its end."""

    case: Case
    arguments: tuple[str, ...]
    before: dict[str, bytes]
    whole: dict[str, bytes]
    seconds: float  # of processors
    acts: int  # on the disk
    largest: int  # bytes of a file that it wrote


def known(case: Case, ground: Path) -> Known:
    """Run a case to its end, twice, and remember what it leaves."""
    work = made.emptied(ground / "work")
    arguments = _placed(case.arguments, ground)

    def finish(*words: str) -> None:
        ended = run(_placed(words, ground), around(ground))
        if ended.status:
            raise SystemExit(f"{case.name}: {words}: status {ended.status}\n{ended.talk}")

    case.before(work, finish)
    before = made.snapshot(work)
    started = resource.getrusage(resource.RUSAGE_CHILDREN)
    finish(*case.arguments)
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    whole = made.snapshot(work)
    changed = [len(data) for name, data in whole.items() if before.get(name) != data]
    made.restored(before, work)
    counter = mmap.mmap(-1, 8)
    run(arguments, around(ground, lambda: _count_acts(counter, ground)))
    return Known(
        case=case,
        arguments=arguments,
        before=before,
        whole=whole,
        seconds=ended.ru_utime + ended.ru_stime - started.ru_utime - started.ru_stime,
        acts=int.from_bytes(counter[:8], "little"),
        largest=max(changed, default=0),
    )


def _placed(words: Sequence[str], ground: Path) -> tuple[str, ...]:
    """The words with the folders that they name."""
    return tuple(
        word.replace("{voices}", str(ground / "voices")).replace("{data}", str(ground / "data"))
        for word in words
    )


def around(ground: Path, inside: Callable[[], None] | None = None, **more: object) -> Conditions:
    """A command in the work folder; its home is elsewhere: a dictionary is unpacked there once."""
    home = ground / "home"
    home.mkdir(exist_ok=True)
    return Conditions(folder=ground / "work", home=home, inside=inside, **more)  # type: ignore[arg-type]


def _count_acts(counter: mmap.mmap, ground: Path) -> None:
    def count(_: int, __: int) -> None:
        number = int.from_bytes(counter[:8], "little") + 1
        counter[:8] = number.to_bytes(8, "little")

    die_at(sys.maxsize, ground / "work", each=count)()


def left_wrong(one: Known, found: Mapping[str, bytes]) -> str | None:
    """What is wrong with what a run left that did not end."""
    for name, data in found.items():
        if name in one.before and name not in one.whole and data == one.before[name]:
            continue
        if any(fnmatch(name, pattern) for pattern in (*OF_A_RUN, *one.case.own, *one.case.between)):
            continue
        if data in (one.before.get(name), one.whole.get(name)):
            continue
        if name not in one.before and name not in one.whole and _is_hidden(name):
            continue
        known_name = name in one.before or name in one.whole
        return f"torn: {name}" if known_name else f"strange file: {name}"
    return _foreign_touched(one, found) or _rows_wrong(one, found)


def end_wrong(one: Known, found: Mapping[str, bytes]) -> str | None:
    """What is wrong after the command was run again to its end."""
    for name, data in one.whole.items():
        if any(fnmatch(name, pattern) for pattern in one.case.own):
            continue
        if name not in found:
            return f"lost: {name}"
        volatile = any(fnmatch(name, pattern) for pattern in OF_A_RUN)
        if not volatile and found[name] != data:
            return f"other than after a whole run: {name}"
        if fnmatch(name, MANIFEST) and _rows(found[name]) != _rows(data):
            return f"other rows: {name}: {_difference(_rows(found[name]), _rows(data))}"
    for name in found:
        volatile = any(fnmatch(name, pattern) for pattern in (*OF_A_RUN, *one.case.own))
        if name not in one.whole and not volatile:
            return f"left behind: {name}"
    return _foreign_touched(one, found)


def _difference(found: Mapping[str, object], whole: Mapping[str, object]) -> str:
    names = [name for name in {**found, **whole} if found.get(name) != whole.get(name)]
    return ", ".join(f"{name}: {found.get(name)}, not {whole.get(name)}" for name in names[:3])


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") for part in name.split("/"))


def _foreign_touched(one: Known, found: Mapping[str, bytes]) -> str | None:
    for name, data in one.before.items():
        if data == made.FOREIGN.encode() and found.get(name) != data:
            return f"a file of somebody else: {name}"
    return None


def _rows(manifest: bytes) -> dict[str, object]:
    """What a finished manifest says of each line."""
    records = []
    for row in manifest.splitlines():
        with suppress(ValueError):
            records.append(json.loads(row))
    lines = [record for record in records if record["type"] == "line"]
    said = {
        record["id"]: (record["status"] in GOOD, record.get("file"), record.get("bytes"))
        for record in lines
    }
    return {**said, "": len(lines)}


def _rows_wrong(one: Known, found: Mapping[str, bytes]) -> str | None:
    """Every row but the last is whole, and what it calls done is there."""
    for name, data in found.items():
        if not fnmatch(name, MANIFEST):
            continue
        last: dict[str, dict[str, object]] = {}
        rows = data.split(b"\n")
        for number, row in enumerate(rows[:-1], start=1):
            try:
                record = json.loads(row)
            except ValueError:
                return f"torn row: {name}:{number}"
            if record.get("type") == "line":
                last[record["id"]] = record
        folder = name.rpartition("/")[0]
        of_lines = _rows(one.whole[name])  # the files of others are deleted before their rows
        for record in last.values():
            if record["id"] not in of_lines:
                continue
            file = f"{folder}/{record.get('file')}"
            if record["status"] in GOOD and file not in found:
                return f"a row without its file: {file}"
    return None


def _sheet(folder: Path, finish: Callable[..., None]) -> None:
    del finish
    (folder / "s.csv").write_text(made.script(LINES), encoding="utf-8")
    made.foreign(folder / "out")
    made.foreign(folder / "out" / "timings")


def _edited(folder: Path, finish: Callable[..., None]) -> None:
    _sheet(folder, finish)
    finish("render", "s.csv", "-m", "{voices}/hana", "-o", "out", "-q")
    old = made.script(LINES).splitlines()
    new = [*old[:3], *made.script(4, 40).splitlines()[1:], *old[6:]]
    text = "\n".join(row.replace("川と", "丘と") for row in new) + "\n"
    (folder / "s.csv").write_text(text, encoding="utf-8")


def _one_of_two(folder: Path, finish: Callable[..., None]) -> None:
    """Two sheets are rendered; then one is gone, and there is nothing but files to delete."""
    _sheet(folder, finish)
    (folder / "t.csv").write_text(made.script(4, 40), encoding="utf-8")
    for _ in range(2):  # after the second time no row says what the first one changed
        for script in ("s.csv", "t.csv"):
            finish("render", script, "-m", "{voices}/hana", "-o", "out", "-q")
    (folder / "t.csv").unlink()


def _rendered(folder: Path, finish: Callable[..., None]) -> None:
    _sheet(folder, finish)
    finish("render", "s.csv", "-m", "{voices}/hana", "-o", "out", "-q")


def _rendered_twice(folder: Path, finish: Callable[..., None]) -> None:
    """The same joined before, of another script."""
    _rendered(folder, finish)
    finish("join", "out", "-o", "joined/all.wav", "-q")
    (folder / "s.csv").write_text(made.script(LINES + 2), encoding="utf-8")
    finish("render", "s.csv", "-m", "{voices}/hana", "-o", "out", "-q")
    made.foreign(folder / "joined")


def _imported(folder: Path, finish: Callable[..., None]) -> None:
    _sheet(folder, finish)
    finish("import", "s.csv", "-o", "lines.jsonl", "--stamp-ids", "-q")
    (folder / "s.csv").write_text(made.script(LINES, 3), encoding="utf-8")


def _book(folder: Path, finish: Callable[..., None]) -> None:
    del finish
    chapters = (f"# {word}の章\n{word}が見えた。\n{word}は静かだ。\n" for word in made.WORDS[:3])
    (folder / "b.md").write_text("\n".join(chapters), encoding="utf-8")
    made.foreign(folder / "b.work")


def _empty(folder: Path, finish: Callable[..., None]) -> None:
    del finish
    made.foreign(folder)


_RENDER = ("render", "s.csv", "-m", "{voices}/hana", "-o", "out", "-q")

CASES = (
    Case(name="render", arguments=_RENDER, before=_sheet, often=8),
    Case(
        name="render an edited sheet",
        arguments=(*_RENDER, "--prune", "delete"),
        before=_edited,
        often=8,
    ),
    Case(
        name="render where a sheet is gone",
        arguments=(*_RENDER, "--prune", "delete"),
        before=_one_of_two,
        often=3,
    ),
    Case(
        name="render --force",
        arguments=(*_RENDER, "--force", "--speed", "1.2"),
        before=_rendered,
        often=3,
    ),
    Case(
        name="render other names",
        arguments=(*_RENDER, "--name", "x/{id}.{ext}", "--prune", "delete"),
        before=_rendered,
        often=3,
    ),
    Case(
        name="import",
        arguments=("import", "s.csv", "-o", "lines.xlsx", "-q"),
        before=_sheet,
        often=2,
    ),
    Case(
        name="import again",
        arguments=("import", "s.csv", "-o", "lines.jsonl", "-q"),
        before=_imported,
        often=2,
    ),
    Case(
        name="join",
        arguments=("join", "out", "-o", "joined/all.wav", "-q"),
        before=_rendered_twice,
        between=("joined/all.report.json",),
        often=4,
    ),
    Case(
        name="join to M4B",
        between=("all.report.json",),
        arguments=("join", "out", "-o", "all.m4b", "-q"),
        before=_rendered,
        often=2,
    ),
    Case(
        name="book",
        arguments=(
            "book",
            "b.md",
            "-o",
            "b.m4b",
            "-m",
            "{voices}/hana",
            "--subtitles",
            "vtt",
            "-q",
        ),
        before=_book,
        often=4,
        own=("b.work/lines.jsonl", "*.report.json", "*.report.md"),
    ),
    Case(
        name="export",
        arguments=(
            "export",
            "out",
            "--to",
            "srt",
            "--to",
            "lab",
            "--to",
            "xlsx",
            "-o",
            "labels",
            "-q",
        ),
        before=_rendered,
        often=3,
    ),
    Case(name="proof", arguments=("proof", "out", "-q"), before=_rendered, often=1),
    Case(
        name="train fit",
        arguments=(
            "train",
            "fit",
            "{data}/data",
            "-o",
            "run",
            "--steps",
            "3",
            "--device",
            "cpu",
            "-q",
        ),
        before=_empty,
        own=(
            "run/scalars.csv",
            "run/checkpoints/*",
            "run/*.log",
            "run/events*",
            "run/samples/*",
            "run/*.png",
        ),
        often=2,
    ),
    Case(
        name="voices install",
        arguments=("voices", "install", "{voices}/hana", "--yes", "--to", "installed", "-q"),
        before=_empty,
        ends=frozenset({0, 2}),  # it is there already
        # The receipt holds the time; what was under way goes with the next installation.
        own=("installed/hana/sbv2-receipt.json", "installed/.hana.installing/*"),
        often=3,
    ),
)


def warm() -> None:
    """Import and load what every command would, so that a process forked from this one has it."""
    for module in pkgutil.walk_packages(sbv2cli.__path__, "sbv2cli."):
        with suppress(Exception):  # an extra that is not installed
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    answer(Request(text="山", language="ja"), ReadOptions())
    assert len(os.listdir("/proc/self/task")) == 1  # noqa: PTH208 - a fork copies one thread


def prepared(ground: Path, names: tuple[str, ...] = ()) -> Iterator[Known]:
    """The cases, each run to its end."""
    warm()
    made.voices(ground / "voices")
    if not names or "train fit" in names:
        (ground / "data").mkdir()
        made.dataset(ground / "data")
    for case in CASES:
        if not names or case.name in names:
            started = time.monotonic()
            one = known(case, ground)
            told = f"{case.name}: {one.seconds:.2f} s, {one.acts} acts, {one.largest:,} bytes"
            print(f"{told}, prepared in {time.monotonic() - started:.1f} s", file=sys.stderr)
            yield one
