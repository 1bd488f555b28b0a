"""Every setting: what it is called, how it is written, where it may stand, what holds without it.

One key has one name everywhere: the flag `--sdp-ratio`, the column, the JSON key and the TOML key
`sdp_ratio`, the variable `SBV2_SDP_RATIO`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from importlib import import_module
from typing import Any

from sbv2cli.records import Delivery

# field -> (lowest, highest) that still means something; outside, a typing error is likelier.
BOUNDS = {
    "style_weight": (-50.0, 50.0),
    "speed": (0.1, 10.0),
    "pitch": (-24.0, 24.0),
    "intonation": (0.0, 5.0),
    "volume": (-96.0, 40.0),
    "sdp_ratio": (0.0, 1.0),
    "noise": (0.0, 10.0),
    "noise_w": (0.0, 10.0),
    "steps": (1, 1000),
    "temperature": (0.1, 100.0),
    "assist_weight": (0.0, 1.0),
    "bert_scale": (0.0, 10.0),
    "pause_before": (0.0, 60.0),
    "pause_after": (0.0, 60.0),
    "worker_cpus": (0.0, 1024.0),
    "worker_gpus": (0.0, 64.0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One setting: how it is written, where it may stand, and how the help shows it.

    `where`: "line" stands in a script, in `[cast]` and in `[defaults]`; "run" in `[defaults]`; the
    name of a command in the section of that command. Each is a flag too.
    """

    kind: str  # a row of units.KINDS
    help: str  # one sentence
    where: str = "line"
    choices: tuple[str, ...] = ()
    table: str = ""  # "package:TABLE" whose names are choices too
    many: bool = False  # a list
    path: bool = False  # relative to the file that names it
    unless: str = ""  # a row of units.KINDS: what is written like that is no path
    built_in: Any = None
    default: str = ""  # what the help shows in place of `built_in`
    flags: tuple[str, ...] = ()  # besides --name
    metavar: str = ""  # what the help shows in place of the kind or the choices

    def names(self) -> tuple[str, ...]:
        """The words to choose from; empty where any value may stand."""
        if not self.table:
            return self.choices
        package, _, table = self.table.partition(":")
        return (*self.choices, *getattr(import_module(package), table))


def sections() -> tuple[str, ...]:
    """The commands that have settings of their own."""
    return tuple(dict.fromkeys(key.where for key in KEYS.values() if key.where not in ANYWHERE))


ANYWHERE = ("line", "run")  # what `[defaults]` may hold

KEYS: Mapping[str, Key] = {
    # How a line is spoken.
    "voice": Key(
        kind="text",
        metavar="NAME|PATH[/SPEAKER]",
        flags=("-m",),
        help="Voice: a name, a folder or a file.",
        default="the built-in voice",
    ),
    "speaker": Key(kind="text", metavar="NAME", help="Speaker of a voice with several."),
    "style": Key(
        kind="text",
        metavar="NAME[:W][+NAME:W]",
        help="Style, or a blend of styles.",
        default="the voice's",
    ),
    "style_weight": Key(kind="number", built_in=1.0, help="Style strength."),
    "speed": Key(kind="factor", built_in=1.0, help="Speaking rate; larger is faster."),
    "pitch": Key(
        kind="semitones",
        built_in=0.0,
        default="0st",
        help="Pitch shift in semitones (extra pitch).",
    ),
    "intonation": Key(kind="factor", built_in=1.0, help="Pitch range (extra pitch)."),
    "volume": Key(kind="decibels", built_in=0.0, default="0dB", help="Gain in decibels."),
    "sdp_ratio": Key(
        kind="number",
        built_in=0.2,
        help="Stochastic duration ratio (sdp_ratio): 0 is even, 1 is varied.",
    ),
    "noise": Key(kind="number", built_in=0.6, help="Noise of the prior (noise_scale)."),
    "noise_w": Key(kind="number", built_in=0.8, help="Noise of the durations (noise_scale_w)."),
    "steps": Key(
        kind="count",
        default="the voice's",
        help="Steps of the diffusion (n_timesteps), for voices that have one.",
    ),
    "temperature": Key(
        kind="number",
        default="the voice's",
        help="Temperature of the diffusion: its first noise is divided by it; larger is calmer.",
    ),
    "seed": Key(kind="whole", built_in=0, help="Random seed; random draws one and records it."),
    "take": Key(kind="count", built_in=1, help="Take number; each take draws other noise."),
    "assist_text": Key(kind="text", help="Text whose BERT features are mixed in."),
    "assist_weight": Key(kind="number", built_in=1.0, help="Weight of the assist text, 0 to 1."),
    "bert_scale": Key(kind="number", built_in=1.0, help="Factor on the BERT features."),
    # How a run goes.
    "lang": Key(
        kind="text",
        where="run",
        table="sbv2cli.languages:LANGUAGES",
        built_in="ja",
        help="Language of lines that name none.",
    ),
    "dict": Key(
        kind="text",
        where="run",
        metavar="FILE",
        many=True,
        path=True,
        built_in=(),
        help="User dictionary: surface,reading,accent as CSV, or JSON. Repeatable.",
    ),
    "corrections": Key(
        kind="text",
        where="run",
        metavar="FILE",
        many=True,
        path=True,
        built_in=(),
        help="Corrections of lines, as JSON lines or a table: id, reading, take, ... Repeatable.",
    ),
    "markup": Key(
        kind="text",
        where="run",
        choices=("auto", "plain", "aozora", "narou", "kakuyomi", "voicevox", "renpy"),
        built_in="auto",
        help="Ruby notation of the text.",
    ),
    "ruby": Key(
        kind="text",
        where="run",
        choices=("auto", "carry", "given", "base"),
        built_in="auto",
        help="Ruby in kana is read: there and for later occurrences of the word (carry, and auto in"
        " books), only there (given), or not (base).",
    ),
    "mode": Key(
        kind="text",
        where="run",
        choices=("better", "compat"),
        built_in="better",
        help="Reading rules; compat reads as Style-Bert-VITS2 does.",
    ),
    "split": Key(
        kind="text",
        where="run",
        choices=("line", "sentence", "paragraph"),
        default="the format's: line, or sentence for SSML",
        help="Unit of a text that becomes one line.",
    ),
    "front_matter": Key(
        kind="text",
        where="run",
        choices=("speak", "skip"),
        built_in="skip",
        help="Title page, imprint, preface of the web and colophon of a book.",
    ),
    "notes": Key(
        kind="text",
        where="run",
        choices=("speak", "skip"),
        built_in="skip",
        help="Footnotes and endnotes of a book.",
    ),
    "speakers": Key(
        kind="text",
        where="run",
        choices=("none", "quotes", "colon", "names"),
        built_in="none",
        help="Who speaks: colon reads 太郎：やあ, names reads 太郎「やあ」, quotes tells"
        " narration (地の文) and speech (会話) of texts and books apart.",
    ),
    "thoughts": Key(
        kind="text",
        where="run",
        choices=("none", "round", "double", "both"),
        built_in="none",
        help="With --speakers quotes: brackets of thoughts (心の声), round （） or double 『』.",
    ),
    "titles": Key(
        kind="text",
        where="run",
        choices=("speak", "skip"),
        built_in="speak",
        help="Headings of a text or a book.",
    ),
    "fill": Key(
        kind="text",
        where="run",
        metavar="FILE",
        many=True,
        path=True,
        built_in=(),
        help="Values that a game fills in, {name} or %s: CSV with name,text, JSON or TOML."
        " Repeatable.",
    ),
    "unfilled": Key(
        kind="text",
        where="run",
        choices=("skip", "omit", "error"),
        built_in="skip",
        help="Lines with a value that no table fills: skip them, omit the value, or refuse.",
    ),
    "default_character": Key(
        kind="text", where="run", metavar="NAME", help="Character of lines that name none."
    ),
    "backend": Key(
        kind="text",
        where="run",
        choices=("auto",),
        table="sbv2cli.engine:BACKENDS",
        built_in="auto",
        help="Inference backend; onnx needs no torch.",
    ),
    "device": Key(
        kind="text",
        where="run",
        metavar="NAME,...",
        built_in="auto",
        help="auto, cpu, cuda:1, cuda:0,cuda:1 or cuda:all.",
    ),
    "precision": Key(
        kind="text",
        where="run",
        choices=("auto",),
        table="sbv2cli.engine:PRECISIONS",
        built_in="auto",
        help="Precision of flow and decoder; auto is fp32.",
    ),
    "threads": Key(
        kind="workers",
        where="run",
        flags=("-j", "--jobs"),
        built_in=0,
        default="auto, one per core",
        help="Lines at a time on a CPU.",
    ),
    # What `sbv2 render` writes, and when.
    "output": Key(
        kind="text",
        where="render",
        metavar="DIR",
        flags=("-o",),
        path=True,
        built_in="out",
        help="Output folder.",
    ),
    "name": Key(
        kind="text",
        where="render",
        metavar="TEMPLATE",
        help="File names, as in '{character}/{n:04d}.{ext}'.",
        default="{id}.{ext}, or by chapter and number",
    ),
    "for": Key(
        kind="text",
        where="render",
        table="sbv2cli.settings.engines:ENGINES",
        help="Name, folder and format of the files as a game engine looks for them.",
    ),
    "format": Key(
        kind="text",
        where="render",
        flags=("-f",),
        choices=("wav", "flac", "ogg", "opus", "mp3"),
        built_in="wav",
        help="Audio format.",
    ),
    "subtype": Key(
        kind="text",
        where="render",
        choices=("pcm16", "pcm24", "float"),
        built_in="pcm16",
        help="Sample format of WAV and FLAC.",
    ),
    "rate": Key(
        kind="count", where="render", metavar="HZ", default="the voice's", help="Sampling rate."
    ),
    "trim": Key(kind="switch", where="render", built_in=False, help="Trim silence at both ends."),
    "lead": Key(
        kind="seconds", where="render", built_in=0.0, default="0ms", help="Silence before a line."
    ),
    "tail": Key(
        kind="seconds", where="render", built_in=0.0, default="0ms", help="Silence after a line."
    ),
    "gain": Key(
        kind="text",
        where="render",
        metavar="HOW",
        built_in="none",
        help="Loudness: none, peak:-1dB (no line is louder), lufs:-20, or reference (each to full"
        " scale).",
    ),
    "restrict_names": Key(
        kind="switch", where="render", built_in=False, help="ASCII file names only."
    ),
    "on_collision": Key(
        kind="text",
        where="render",
        choices=("error", "suffix"),
        built_in="error",
        help="When two lines have one file name: refuse, or add a suffix.",
    ),
    "timings": Key(
        kind="text",
        where="render",
        choices=("phones", "moras", "none"),
        built_in="moras",
        help="Timings written beside each file.",
    ),
    "reuse": Key(kind="switch", where="render", built_in=True, help="Reuse identical audio."),
    "verify": Key(
        kind="text",
        where="render",
        choices=("size", "sha256"),
        built_in="size",
        help="How existing files are checked.",
    ),
    "changes": Key(
        kind="text",
        where="render",
        choices=("both", "md", "csv", "none"),
        built_in="both",
        help="Report of the run beside the manifest: changes.md, changes.csv.",
    ),
    "prune": Key(
        kind="text",
        where="render",
        choices=("list", "delete"),
        built_in="list",
        help="Orphaned files: list or delete them.",
    ),
    "on_error": Key(
        kind="text",
        where="render",
        choices=("continue", "stop"),
        built_in="continue",
        help="After a line failed.",
    ),
    "max_failures": Key(
        kind="text", where="render", metavar="N|P%", help="Stop when more lines than this fail."
    ),
    "retries": Key(kind="whole", where="render", built_in=1, help="Retries of a failed line."),
    "strict": Key(kind="switch", where="render", built_in=False, help="Treat warnings as errors."),
    "sort": Key(
        kind="text",
        where="render",
        choices=("length", "script"),
        built_in="length",
        help="Render by length (fastest) or in script order.",
    ),
    "executor": Key(
        kind="text",
        where="render",
        table="sbv2cli.executors:EXECUTORS",
        built_in="local",
        help="Speak in this process, in one process per core, or on a Ray cluster.",
    ),
    "address": Key(
        kind="text",
        where="render",
        metavar="WHERE",
        default="this computer alone",
        help="The Ray cluster: auto, HOST:PORT or ray://HOST:PORT.",
    ),
    "workers": Key(
        kind="count",
        where="render",
        default="what the cluster has room for",
        help="Workers on the Ray cluster.",
    ),
    "worker_cpus": Key(kind="number", where="render", default="1", help="CPUs of each Ray worker."),
    "worker_gpus": Key(
        kind="number",
        where="render",
        default="1 where the cluster has GPUs",
        help="GPUs of each Ray worker; 0.5 for two on one.",
    ),
    "batch_frames": Key(
        kind="count", where="render", default="from the memory", help="Frames in a batch on a GPU."
    ),
    # What `sbv2 join` makes of the lines.
    "loudness": Key(
        kind="text",
        where="join",
        metavar="HOW",
        built_in="none",
        help="none, acx, r128 or lufs:-19: one gain for each voice, a limiter, and a report.",
    ),
    "room_tone": Key(
        kind="text",
        where="join",
        metavar="DB|FILE",
        path=True,
        unless="decibels",
        help="Noise under the sound in place of digital silence: a level, -72dB, or a recording.",
    ),
    "head_silence": Key(
        kind="seconds",
        where="join",
        help="Silence before the first word of a file.",
        default="as the lines have it; 0.75s for acx",
    ),
    "tail_silence": Key(
        kind="seconds",
        where="join",
        help="Silence after the last word of a file.",
        default="the pause of the last line; 2s for acx",
    ),
    "part_minutes": Key(
        kind="number",
        where="join",
        metavar="N",
        help="No file is longer: cut between chapters, else between paragraphs.",
        default="no limit; 120 for acx",
    ),
    "missing": Key(
        kind="text",
        where="join",
        choices=("refuse", "skip", "silence"),
        built_in="refuse",
        help="Lines that have no audio.",
    ),
    "title": Key(
        kind="text",
        where="join",
        help="Title of the book; a reading after it in 《》 is what players sort by.",
    ),
    "author": Key(kind="text", where="join", metavar="NAME", help="Author, as the title."),
    "narrator": Key(kind="text", where="join", metavar="NAME", help="Narrator, as the title."),
    "cover": Key(
        kind="text", where="join", metavar="FILE", path=True, help="Cover, a JPEG or PNG picture."
    ),
}
"""Every setting that a flag, a variable or a TOML file may name."""

DELIVERY_KEYS = tuple(f.name for f in fields(Delivery))

BUILT_IN_DELIVERY = Delivery(**{name: KEYS[name].built_in for name in DELIVERY_KEYS})
"""What holds where nobody said otherwise: the published defaults of the field."""

PAUSES: Mapping[str, float] = {
    "comma": 0.2,
    "sentence": 0.4,
    "paragraph": 0.8,
    "scene": 1.2,
    "chapter": 2.0,
}
"""Seconds of the pause levels where `pause = {...}` says nothing."""


def _same(value: float) -> float:
    return value


def inverse(value: float) -> float:
    """The speed of a length, and the other way round."""
    if value <= 0:
        raise ValueError(f"{value:g}; a length is above 0")
    return 1 / value


# What other tools call it -> (our key, conversion). `length_scale` is the one with the other sense:
# bigger is slower.
ALIASES: Mapping[str, tuple[str, Callable[[float], float]]] = {
    "length_scale": ("speed", inverse),
    "length": ("speed", inverse),
    "noise_scale": ("noise", _same),
    "noise_scale_w": ("noise_w", _same),
    "noisew": ("noise_w", _same),
    "n_timesteps": ("steps", _same),
    "assist_text_weight": ("assist_weight", _same),
}
