"""What is asked of a run, and the lines of a script once everything about them is decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sbv2cli.executors.executor import NO_CLUSTER, Cluster
from sbv2cli.languages.language import ReadOptions
from sbv2cli.pipeline.file_names import NameRules
from sbv2cli.pipeline.keys import FileSettings, Keys, Model, keys_of
from sbv2cli.records import Delivery, LineId, ScriptLine, SynthesisSettings
from sbv2cli.settings.cast import Cast
from sbv2cli.settings.keys import PAUSES
from sbv2cli.settings.style_names import StyleNames
from sbv2cli.translations.language import Language
from sbv2cli.writers.audio.formats import Encoding

if TYPE_CHECKING:
    from sbv2cli.voices.bundle import Bundle

OnError = Literal["continue", "stop"]
Verify = Literal["size", "sha256"]
TimingDetail = Literal["phones", "moras", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where and how fast; the sound depends on the precision, and on the backend in last bits."""

    backend: str = "auto"  # which weights of a voice are opened, where it has several kinds
    device: str = "auto"
    precision: str = "fp32"
    threads: int | None = None
    batch_frames: int | None = None
    in_script_order: bool = False
    executor: str = "local"  # a row of `executors.EXECUTORS`
    cluster: Cluster = NO_CLUSTER


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Everything that a run needs besides the lines themselves."""

    output: Path
    manifest: Path
    delivery: Delivery  # what holds where neither line nor cast says more
    cast: Cast
    styles: StyleNames = field(default_factory=StyleNames)
    default_character: str | None = None
    voice_folders: tuple[Path, ...] = ()
    language: str = "ja"
    reading: ReadOptions
    reading_manner: str = ""  # stands for options and dictionaries in keys
    pauses: Mapping[str, float] = field(default_factory=lambda: dict(PAUSES))
    names: NameRules
    encoding: Encoding
    gain: str = "none"
    trim: bool = False
    lead: float = 0.0
    tail: float = 0.0
    timings: TimingDetail = "moras"
    force: bool = False
    adopt: bool = False  # write over files that the manifest knows nothing of
    reuse: bool = True
    verify: Verify = "size"
    prune: bool = False
    changes: str = "both"  # a row of `writers.changes.FORMS`
    messages: Language = "en"  # of reports that people read
    strict: bool = False
    on_error: OnError = "continue"
    max_failures: str | None = None  # a number, or a share such as "5%"
    retries: int = 1
    fsync: bool = True
    machine: Machine = Machine()
    inputs: str | None = None  # stands for the scripts and all that is asked, where that is known
    header: Mapping[str, object] = field(default_factory=dict)  # goes into the manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenVoice:
    """A voice of the job: its files are opened, its weights not yet loaded."""

    name: str  # as the manifest says it
    bundle: Bundle
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedLine:
    """A line of the script about which nothing is open any more but its reading."""

    line: ScriptLine
    delivery: Delivery
    language: str
    voice: OpenVoice
    speaker: str
    settings: SynthesisSettings
    model: Model
    file_settings: FileSettings
    file: str  # below the output folder, with / between folders
    text_key: str
    frontend_key: str
    pause_after: float
    skip: str | None = None  # why it is not spoken

    @property
    def id(self) -> LineId:
        """The line's name."""
        return self.line.id

    @property
    def needs_bert(self) -> bool:
        """Whether the words of the line are heard beyond its phones."""
        return bool(self.voice.bundle.config.needs_bert)

    def keys(self, reading: str) -> Keys:
        """The keys of the line, if its reading has this key."""
        return keys_of(reading, self.settings, self.model, self.file_settings)
