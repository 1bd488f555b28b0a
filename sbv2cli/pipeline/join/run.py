"""`sbv2 join` without its command line: lines found, measured, written, measured again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from sbv2cli.errors import EXIT_LINES_FAILED, EXIT_OK, UsageError
from sbv2cli.files import write_whole
from sbv2cli.pipeline.join import levels, receipt, sound, verdict, voice_gains
from sbv2cli.pipeline.join.lines import Found, find_lines
from sbv2cli.pipeline.join.parts import Part, parts
from sbv2cli.pipeline.join.receipt import JoinedChapter, JoinedFile
from sbv2cli.writers.audio.sink import FileFacts, FileSink

if TYPE_CHECKING:
    from sbv2cli.pipeline.join.settings import JoinSettings
    from sbv2cli.pipeline.join.targets import Target

MEASURE, WRITE, CHECK = "measure", "write", "check"


class Watch(Protocol):
    """Who is told how far a join is."""

    def begin(self, stage: str, total: int) -> None:
        """A stage of so many seconds of sound begins."""
        ...

    def advance(self, seconds: float) -> None:
        """So much of it is done."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """What came of it."""

    paths: tuple[Path, ...]
    report: Path
    result: Mapping[str, Any]  # the receipt
    missing: tuple[str, ...]
    changed: tuple[str, ...]
    fresh: bool = False  # everything was there already

    @property
    def exit(self) -> int:
        """3 where a limit of the target is not kept; the files are written all the same."""
        return EXIT_LINES_FAILED if self.result.get("passed") is False else EXIT_OK


def join(settings: JoinSettings, watch: Watch) -> Joined:
    """Write the files of a join, unless they are there already."""
    found = find_lines(settings)
    planned = parts(found.lines, settings)
    path = receipt.path_of(settings)
    earlier = receipt.read(path)
    key = receipt.key(planned, settings)
    if not settings.force:
        if earlier.get("key") == key and _all_there(earlier, path.parent):
            return _joined(planned, path, earlier, found, fresh=True)
        _refuse_others(planned, path, earlier)
    gain = _gains(found, planned[0].rate, settings.target, watch)
    files = _written(planned, settings, gain, watch)
    if settings.target is not None:
        files = _checked(planned, files, settings.target, watch)
        page = receipt.markdown(files, settings.target, gain)
        write_whole(path.with_suffix(".md"), page.encode(), fsync=settings.fsync)
    result = receipt.as_json(files, key, settings.target, gain)
    data = json.dumps(result, ensure_ascii=False, indent=1).encode()
    write_whole(path, data + b"\n", fsync=settings.fsync)
    return _joined(planned, path, result, found)


def _joined(
    planned: Sequence[Part],
    path: Path,
    result: Mapping[str, Any],
    found: Found,
    *,
    fresh: bool = False,
) -> Joined:
    return Joined(
        paths=tuple(part.path for part in planned),
        report=path,
        result=result,
        missing=found.missing,
        changed=found.changed,
        fresh=fresh,
    )


def _all_there(earlier: Mapping[str, Any], folder: Path) -> bool:
    paths = [folder / one["name"] for one in earlier["files"]]
    return all(path.is_file() and receipt.is_ours(path, earlier) for path in paths)


def _refuse_others(planned: Sequence[Part], report: Path, earlier: Mapping[str, Any]) -> None:
    wanted = (part.path for part in planned)
    others = [path for path in wanted if path.exists() and not receipt.is_ours(path, earlier)]
    if report.exists() and not earlier:
        others.append(report)
    if others:
        raise UsageError(
            "join.exists",
            "there is another file already",
            at=str(others[0]),
            hint="choose another name with --to, or replace it: --force",
        )


def _gains(found: Found, rate: int, target: Target | None, watch: Watch) -> dict[str, float]:
    if target is None:
        return {}
    watch.begin(MEASURE, round(sum(line.samples / line.rate for line in found.lines)))
    return voice_gains.gains(
        found.lines, rate, target, lambda line: watch.advance(line.samples / line.rate)
    )


def _written(
    planned: Sequence[Part], settings: JoinSettings, gain: Mapping[str, float], watch: Watch
) -> list[JoinedFile]:
    watch.begin(WRITE, round(sum(part.samples / part.rate for part in planned)))
    tone = sound.tone_of(settings.room_tone, planned[0].rate)
    ceiling = settings.target.ceiling_db if settings.target else None
    files = []
    for part in planned:
        tags = replace(
            settings.tags,
            title=part.title,
            book=settings.tags.title,
            number=part.number,
            chapters=part.chapters,
        )
        with FileSink(
            part.path, part.rate, settings.encoding, tags=tags, fsync=settings.fsync
        ) as sink:
            for block in sound.sound(part, gain, tone, ceiling):
                sink.write(block)
                watch.advance(len(block) / part.rate)
            facts = sink.close()
        files.append(_file(part, facts))
    return files


def _file(part: Part, facts: FileFacts) -> JoinedFile:
    assert facts.sha256 is not None
    return JoinedFile(
        name=part.path.name,
        seconds=facts.seconds,
        bytes=facts.bytes,
        sha256=facts.sha256,
        chapters=tuple(
            JoinedChapter(title=chapter.title, start=chapter.start / part.rate)
            for chapter in part.chapters
        ),
        lines={
            line.id: (start / part.rate, line.samples / line.rate)
            for line, start in zip(part.lines, part.starts, strict=True)
            if line.row is not None and line.path is not None
        },
    )


def _checked(
    planned: Sequence[Part], files: Sequence[JoinedFile], target: Target, watch: Watch
) -> list[JoinedFile]:
    """The files with the levels that are really in them."""
    watch.begin(CHECK, round(sum(file.seconds for file in files)))
    checked = []
    for part, file in zip(planned, files, strict=True):
        starts = [chapter.start for chapter in file.chapters]
        whole, stretches = levels.measure(part.path, starts, watch.advance)
        chapters = tuple(
            replace(chapter, levels=found, checks=tuple(verdict.of_sound(found, target)))
            for chapter, found in zip(file.chapters, stretches, strict=True)
        )
        of_whole = [*verdict.of_sound(whole, target), *verdict.of_file(whole, target)]
        checked.append(replace(file, levels=whole, checks=tuple(of_whole), chapters=chapters))
    return checked
