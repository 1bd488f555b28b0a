"""`sbv2 join` without its command line: lines found, measured, written, measured again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from sbv2cli.errors import EXIT_LINES_FAILED, EXIT_OK, UsageError
from sbv2cli.files import remove_dead_parts, write_whole
from sbv2cli.pipeline.join import levels, receipt, sound, subtitles, verdict, voice_gains
from sbv2cli.pipeline.join.lines import Found, find_lines
from sbv2cli.pipeline.join.parts import Part, parts
from sbv2cli.pipeline.join.receipt import JoinedChapter, JoinedFile
from sbv2cli.translations.catalogues import word_translator
from sbv2cli.writers.audio.sink import FileFacts, FileSink

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

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
        _refuse_others(planned, settings, path, earlier)
    gain = _gains(found, planned[0].rate, settings.target, watch)

    remove_dead_parts(path, path.with_suffix(".md"))

    def announce(files: Sequence[JoinedFile]) -> None:
        _put(path, receipt.under_way(files, gain, earlier), settings)

    files = _written(planned, settings, gain, watch, announce)
    if settings.target is not None:
        files = _checked(planned, files, settings.target, watch)
        words = word_translator(settings.messages)
        page = receipt.markdown(files, settings.target, gain, words)
        write_whole(path.with_suffix(".md"), page.encode(), fsync=settings.fsync)
    result = receipt.as_json(files, key, settings.target, gain)
    _put(path, result, settings)
    return _joined(planned, path, result, found)


def _put(path: Path, content: Mapping[str, Any], settings: JoinSettings) -> None:
    data = json.dumps(content, ensure_ascii=False, indent=1).encode()
    write_whole(path, data + b"\n", fsync=settings.fsync)


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
    paths = [folder / name for name in receipt.digests(earlier)]
    return all(path.is_file() and receipt.is_ours(path, earlier) for path in paths)


def _refuse_others(
    planned: Sequence[Part], settings: JoinSettings, report: Path, earlier: Mapping[str, Any]
) -> None:
    wanted = [part.path for part in planned]
    wanted += [subtitles.path_of(path, name) for path in wanted for name in settings.subtitles]
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
    planned: Sequence[Part],
    settings: JoinSettings,
    gain: Mapping[str, float],
    watch: Watch,
    announce: Callable[[Sequence[JoinedFile]], None],
) -> list[JoinedFile]:
    """The files, put in place one by one; what is to be there is announced before it is."""
    watch.begin(WRITE, round(sum(part.samples / part.rate for part in planned)))
    tone = sound.tone_of(settings.room_tone, planned[0].rate)
    ceiling = settings.target.ceiling_db if settings.target else None
    files: list[JoinedFile] = []
    for part in planned:
        beside = list(subtitles.of_part(part, settings))
        digests = {name: hashlib.sha256(data).hexdigest() for name, _, data in beside}
        blocks = _watched(sound.sound(part, gain, tone, ceiling), part.rate, watch)

        def tell(facts: FileFacts) -> None:
            announce([*files, _file(part, facts, digests)])  # noqa: B023 - called in this round

        facts = _put_sound(part, settings, blocks, tell)
        remove_dead_parts(*(path for _, path, _ in beside))
        for _, path, data in beside:
            write_whole(path, data, fsync=settings.fsync)
        files.append(_file(part, facts, digests))
    return files


def _put_sound(
    part: Part,
    settings: JoinSettings,
    blocks: Iterable[NDArray[np.float32]],
    announce: Callable[[FileFacts], None],
) -> FileFacts:
    tags = replace(
        settings.tags,
        title=part.title,
        book=settings.tags.title,
        number=part.number,
        chapters=part.chapters,
    )
    remove_dead_parts(part.path)
    with FileSink(part.path, part.rate, settings.encoding, tags=tags, fsync=settings.fsync) as sink:
        for block in blocks:
            sink.write(block)
        return sink.close(announce)


def _watched(
    blocks: Iterable[NDArray[np.float32]], rate: int, watch: Watch
) -> Iterator[NDArray[np.float32]]:
    for block in blocks:
        yield block
        watch.advance(len(block) / rate)


def _file(part: Part, facts: FileFacts, beside: Mapping[str, str]) -> JoinedFile:
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
        beside=beside,
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
            replace(
                chapter,
                levels=found,
                checks=tuple(verdict.of_chapter(found, target)),
            )
            for chapter, found in zip(file.chapters, stretches, strict=True)
        )
        allowance = verdict.SEVERAL if len(files) > 1 else 0.0
        of_whole = [*verdict.of_sound(whole, target, allowance), *verdict.of_file(whole, target)]
        checked.append(replace(file, levels=whole, checks=tuple(of_whole), chapters=chapters))
    return checked
