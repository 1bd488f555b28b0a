"""From the settings of a run to its join, and what people see of it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from sbv2cli.cli.progress import clock
from sbv2cli.errors import UsageError, did_you_mean
from sbv2cli.files import cannot_read, refuse_unreadable
from sbv2cli.pipeline.signals import InterruptedRunError, noted
from sbv2cli.translations.language import chosen
from sbv2cli.units import decibels
from sbv2cli.writers.audio.formats import FORMATS

if TYPE_CHECKING:
    from sbv2cli.cli.console import Console
    from sbv2cli.cli.progress import Progress
    from sbv2cli.pipeline.join.run import Joined
    from sbv2cli.pipeline.join.settings import By, JoinSettings, RoomTone
    from sbv2cli.pipeline.join.targets import Target
    from sbv2cli.readers.book_facts import BookFacts
    from sbv2cli.settings.config import Configuration
    from sbv2cli.writers.audio.formats import Encoding
    from sbv2cli.writers.audio.tags import Cover, Name, Tags

# Other endings of formats that a join may write.
_ENDINGS = {"m4a": "m4b", "mp4": "m4b", "wave": "wav", "oga": "ogg"}
JOINED = tuple(name for name, row in FORMATS.items() if row.ext == name and name != "ogg")
_PICTURES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}
_SHOWN = 10
_STAGES = {"measure": "seconds measured", "write": "seconds written", "check": "seconds checked"}


class JoinFlags(NamedTuple):
    """What the flags say that no settings file can."""

    by: By
    opening: Path | None
    closing: Path | None
    subtype: str
    rate: int | None
    force: bool
    fsync: bool
    subtitles: tuple[str, ...] = ()


def join_settings(
    manifest: Path,
    to: Path,
    configuration: Configuration,
    flags: JoinFlags,
    book: BookFacts | None = None,
) -> JoinSettings:
    """Everything that is asked of a join; `book` tells what the options leave open."""
    from sbv2cli.pipeline.join import targets
    from sbv2cli.pipeline.join.settings import JoinSettings

    for path, option in ((flags.opening, "--opening"), (flags.closing, "--closing")):
        if path is not None:
            refuse_unreadable(path, option)  # before hours are spent on the lines
    target = targets.parse(configuration["loudness"])
    minutes = configuration["part_minutes"]
    if minutes is None and target is not None:
        minutes = target.minutes
    if minutes is not None and minutes <= 0:
        raise UsageError(
            "setting.part-minutes",
            f"part_minutes is {minutes:g}, and a part has some",
            hint="write a number of minutes, such as 120",
        )
    return JoinSettings(
        manifest=manifest,
        to=to,
        by=flags.by,
        encoding=_encoding(to, flags, target),
        tags=_tags(configuration, book),
        missing=configuration["missing"],
        messages=chosen(os.environ),
        part_minutes=minutes,
        head=configuration["head_silence"],
        tail=configuration["tail_silence"],
        room_tone=_room_tone(configuration["room_tone"]),
        target=target,
        opening=flags.opening,
        closing=flags.closing,
        force=flags.force,
        fsync=flags.fsync,
        subtitles=flags.subtitles,
    )


def _encoding(to: Path, flags: JoinFlags, target: Target | None) -> Encoding:
    from sbv2cli.writers.audio.encode import encoder_class
    from sbv2cli.writers.audio.formats import Encoding, check

    ending = to.suffix[1:].lower()
    name = _ENDINGS.get(ending, ending)
    if name not in JOINED:
        raise UsageError(
            "format.unknown",
            f'no format of long files is known by the ending "{to.suffix}"',
            hint=did_you_mean(name, JOINED),
        )
    rate = flags.rate or (target.rate if target is not None and target.format == name else None)
    encoding = Encoding(format=name, subtype=flags.subtype, rate=rate)
    check(encoding)
    encoder_class(encoding.format)  # before hours are spent: its package may be missing
    return encoding


def _tags(configuration: Configuration, book: BookFacts | None) -> Tags:
    from sbv2cli.writers.audio.tags import Tags

    said = Tags(
        title=_name(configuration["title"]),
        author=_name(configuration["author"]),
        narrator=_name(configuration["narrator"]),
        cover=_cover(configuration["cover"], configuration.origin("cover")),
        language=configuration["lang"],
    )
    return said if book is None else _filled(said, book)


def _filled(said: Tags, book: BookFacts) -> Tags:
    """The tags with what a book says of itself, where nobody said otherwise."""
    from sbv2cli.writers.audio.tags import Cover, Name

    title = Name(text=book.title, reading=book.title_reading) if book.title else None
    people = book.named()
    readings = [person.reading for person in people]
    author = Name(
        text="、".join(person.name for person in people),
        reading=readings[0] if len(readings) == 1 else None,
    )
    picture = book.cover
    cover = None
    if picture is not None and _mime_of(picture.data) is not None:
        cover = Cover(data=picture.data, mime=_mime_of(picture.data) or "")
    return replace(
        said,
        title=said.title or title,
        author=said.author or (author if people else None),
        cover=said.cover or cover,
        language=(book.language or "").partition("-")[0].lower() or said.language,
    )


def _name(written: str | None) -> Name | None:
    """`心《こころ》`: what is shown, and what it is sorted by."""
    from sbv2cli.readers.ruby import read_aloud, take_ruby, whole_reading
    from sbv2cli.writers.audio.tags import Name

    if written is None:
        return None
    whole = whole_reading(written)
    if whole is not None:
        return Name(text=whole[0], reading=whole[1])
    text, ruby = take_ruby(written, None)
    return Name(text=text, reading=read_aloud(text, ruby))


def _cover(written: str | None, given: str) -> Cover | None:
    from sbv2cli.writers.audio.tags import Cover

    if not written:
        return None
    path = Path(written)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise cannot_read(error, path, given=given) from None
    mime = _mime_of(data)
    if mime is not None:
        return Cover(data=data, mime=mime)
    raise UsageError(
        "join.cover",
        "the cover is neither JPEG nor PNG",
        at=str(path),
        hint="convert it, or leave out --cover",
    )


def _mime_of(data: bytes) -> str | None:
    found = (mime for beginning, mime in _PICTURES.items() if data.startswith(beginning))
    return next(found, None)


def _room_tone(written: str | None) -> RoomTone | None:
    from sbv2cli.pipeline.join.settings import RoomTone

    if written is None:
        return None
    try:
        level = decibels(written)
    except ValueError:
        path = Path(written)
        if not path.is_file():
            raise UsageError(
                "setting.room-tone",
                f'room_tone is "{written}", neither a level nor a file',
                hint="write -72dB, or name a recording of an empty room",
            ) from None
        return RoomTone(path=path)
    if not -100 <= level <= -40:
        raise UsageError(
            "setting.room-tone", f"room_tone is {level:g} dB", hint="a level is from -100 to -40 dB"
        )
    return RoomTone(level_db=level)


class JoinWatch:
    """The progress of a join: a bar for each of its stages.

    An interruption is noted and raised between two blocks of sound, and never inside a library that
    would swallow it.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress: Progress | None = None
        self._left = 0.0
        self._status: int | None = None
        self._signals = noted(self._stop)

    def __enter__(self) -> Self:
        self._signals.__enter__()
        return self

    def _stop(self, status: int) -> None:
        self._status = status

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()
        self._signals.__exit__(None, None, None)

    def begin(self, stage: str, total: int) -> None:
        """Another stage, of so many seconds."""
        self._end()
        self._left = 0.0
        self._progress = self._console.progress(total, what=_STAGES[stage]).__enter__()

    def advance(self, seconds: float) -> None:
        """Count whole seconds of sound."""
        if self._status is not None:
            raise InterruptedRunError(self._status)
        self._left += seconds
        whole = int(self._left)
        if whole and self._progress is not None:
            self._left -= whole
            self._progress.advance(whole)

    def _end(self) -> None:
        if self._progress is not None:
            self._progress.__exit__(None, None, None)
            self._progress = None


def joined_or_stopped(
    console: Console, settings: JoinSettings, more: Mapping[str, Any] | None = None
) -> int:
    """Join and show what came of it; the exit status."""
    from sbv2cli.pipeline.join.run import join

    try:
        with JoinWatch(console) as watch:
            joined = join(settings, watch)
    except InterruptedRunError as stop:
        console.warning("interrupted; run the same command again to continue")
        console.result({"files": [], **(more or {})}, status=stop.status)
        return stop.status
    show(console, joined, more)
    return joined.exit


def show(console: Console, joined: Joined, more: Mapping[str, Any] | None = None) -> None:
    """What came of a join, for people and for programs; `more` stands in the result too."""
    if joined.missing:
        console.warning(
            f"{len(joined.missing)} lines have no audio: {_some(joined.missing)}; see --missing"
        )
    if joined.changed:
        console.warning(
            f"{len(joined.changed)} files are not those that were rendered, and are taken as they"
            f" are: {_some(joined.changed)}"
        )
    failed = [
        f"{file['name']}: {each['what']}"
        for file in joined.result["files"]
        for each in _failed(file)
    ]
    for row in failed[:_SHOWN]:
        console.error(row)
    if len(failed) > _SHOWN:
        console.error(f"… and {len(failed) - _SHOWN} more")
    console.result(
        {
            "files": [str(path) for path in joined.paths],
            "report": str(joined.report),
            "fresh": joined.fresh,
            "missing": list(joined.missing),
            "changed": list(joined.changed),
            **{key: joined.result[key] for key in ("target", "passed", "gains_db")},
            **(more or {}),
        },
        status=joined.exit,
    )
    seconds = sum(file["seconds"] for file in joined.result["files"])
    shown = _some([str(path) for path in joined.paths])
    if failed:
        page = joined.report.with_suffix(".md")
        console.error(f"{joined.result['target']}: not passed; {page} says what to change")
    else:
        console.done(f"{shown}, nothing to do" if joined.fresh else f"{shown}, {clock(seconds)}")


def _failed(file: dict[str, Any]) -> list[dict[str, str]]:
    found = list(file.get("failed", ()))
    if len(file["chapters"]) > 1:
        for chapter in file["chapters"]:
            found += [
                {**each, "what": f"{chapter['title']}: {each['what']}"}
                for each in chapter.get("failed", ())
            ]
    return found


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
