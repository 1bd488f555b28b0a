"""What is asked of a join."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sbv2cli.pipeline.join.targets import Target
from sbv2cli.translations.language import Language
from sbv2cli.writers.audio.formats import Encoding
from sbv2cli.writers.audio.tags import NONE as NO_TAGS
from sbv2cli.writers.audio.tags import Tags

By = Literal["book", "chapter", "scene", "character"]
Missing = Literal["refuse", "skip", "silence"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomTone:
    """What is heard where nobody speaks: noise of a level, or a recording."""

    level_db: float | None = None
    path: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinSettings:
    """Everything but the lines."""

    manifest: Path
    to: Path  # a file, or a template of files
    by: By = "book"
    encoding: Encoding
    tags: Tags = NO_TAGS
    missing: Missing = "refuse"
    messages: Language = "en"  # of the report that people read
    part_minutes: float | None = None  # no file is longer
    head: float | None = None  # seconds before the first sound of a file; None: as lines say
    tail: float | None = None
    room_tone: RoomTone | None = None
    target: Target | None = None
    opening: Path | None = None  # a sound before the first line
    closing: Path | None = None
    subtitles: tuple[str, ...] = ()  # rows of WRITERS, beside each file
    force: bool = False
    fsync: bool = True
