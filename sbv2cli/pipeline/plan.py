"""What a run has to do: which lines are new, stale and why, or fresh. Pure decisions.

A line is fresh when the last record of it is good, both keys are equal, and the file is there in
its size.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sbv2cli.pipeline import keys
from sbv2cli.pipeline.job import Cue
from sbv2cli.readers.ruby import may_hold_ruby, ruby_as_json
from sbv2cli.records import ManifestRow

State = Literal["new", "stale", "fresh", "reuse", "skipped"]

GOOD = frozenset({"ok", "reused", "aliased"})

# Reasons that are not settings.
MISSING, DAMAGED, FAILED, FORCED, MOVED = (
    "file missing",
    "file changed",
    "failed before",
    "forced",
    "file name",
)
TIMINGS = "timings"
OTHER = "voice engine"  # the keys differ, and nothing that the manifest shows

# Shown without their values: too long to read, or meaningless to people.
_WITHOUT_VALUES = frozenset({"text", "reading", "voice weights", "assist text"})
SHOWN_REASONS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Both keys of a line, and the reading's share in them."""

    reading: str
    synth: str
    post: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is to be done about one line."""

    state: State
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """What is on the disk where the manifest says the file of a line is."""

    there: bool
    whole: bool
    timings: bool


NO_FILE = FileFacts(there=False, whole=False, timings=False)


def keys_of(cue: Cue, reading: str) -> Keys:
    """The keys of a cue whose reading has this key."""
    synth = keys.synth_key(reading, cue.settings, cue.model)
    return Keys(reading=reading, synth=synth, post=keys.post_key(synth, cue.finish))


def needs_bert(cue: Cue) -> bool:
    """Whether the words of the line are heard beyond its phones."""
    return bool(cue.voice.bundle.config.needs_bert)


def decide(
    cue: Cue, wanted: Keys, row: ManifestRow | None, file: FileFacts, *, timings: bool
) -> Decision:
    """Compare what is wanted with what the last run left."""
    if row is None or row.status not in GOOD or row.file is None:
        failed = row is not None and row.status == "failed"
        return Decision(state="new", why=(FAILED,) if failed else ())
    if row.fields.get("synth_key") != wanted.synth or row.fields.get("post_key") != wanted.post:
        return Decision(state="stale", why=differences(cue, wanted, row))
    for wrong, reason in (
        (row.file != cue.file, MOVED),
        (not file.there, MISSING),
        (not file.whole, DAMAGED),
        (timings and not file.timings, TIMINGS),
    ):
        if wrong:
            return Decision(state="stale", why=(reason,))
    return Decision(state="fresh")


def differences(cue: Cue, wanted: Keys, row: ManifestRow) -> tuple[str, ...]:
    """Why a line is stale, a setting at a time."""
    old, new = shown_of_row(row), shown(cue)
    found = []
    if row.text != cue.line.text and row.fields.get("reading_key") != wanted.reading:
        found.append("text")
    elif row.fields.get("reading_key") != wanted.reading:
        found.append("reading")
    for name, value in new.items():
        if old.get(name) != value:
            if name in _WITHOUT_VALUES:
                found.append(name)
            else:
                found.append(f"{name} {_plain(old.get(name))}→{_plain(value)}")
    return tuple(found) or (OTHER,)


def facts(cue: Cue) -> dict[str, Any]:
    """What of a cue goes into its row, besides results."""
    said, spoken, finish = cue.delivery, cue.settings, cue.finish
    names = {row: name for name, row in cue.voice.bundle.config.styles.items()}
    record: dict[str, Any] = {
        "lang": cue.language,
        "voice": cue.voice.name,
        "speaker": cue.speaker,
        "style": {names.get(row, str(row)): weight for row, weight in spoken.style.items()},
        "speed": spoken.speed,
        "pitch": finish.pitch,
        "intonation": finish.intonation,
        "volume": said.volume,
        "sdp_ratio": spoken.sdp_ratio,
        "noise": spoken.noise,
        "noise_w": spoken.noise_w,
        "seed": spoken.seed,
        "take": spoken.take,
    }
    if spoken.assist_text is not None:
        record |= {"assist_text": spoken.assist_text, "assist_weight": spoken.assist_weight}
    if spoken.bert_scale != 1:
        record["bert_scale"] = spoken.bert_scale
    line = cue.line
    given = {
        "character": line.character,
        "reading": line.reading,
        "chapter": line.chapter,
        "chapter_title": line.chapter_title,
        "scene": line.scene,
        "paragraph": line.paragraph,
        "pause_before": line.pause_before,
        "asked_file": line.file,
    }
    record |= {name: value for name, value in given.items() if value is not None}
    record["pause_after"] = cue.pause_after
    # The row is a script: with the key, its text is read as it stands, without notations of ruby.
    if line.ruby or may_hold_ruby(line.text):
        record["ruby"] = ruby_as_json(line.ruby)
    if line.meta:
        record["meta"] = dict(line.meta)
    record["made"] = {
        "voice_sha256": cue.voice.fingerprint,
        "precision": cue.model.precision,
        "backend": cue.model.backend,
        **({"noise": "drawn by the graph"} if cue.voice.bundle.noise_inside else {}),
        "trim": finish.trim,
        "lead": finish.lead,
        "tail": finish.tail,
        "gain": finish.gain,
        "gain_db": finish.gain_db,
    }
    return record


def shown(cue: Cue) -> dict[str, Any]:
    """The settings of a cue by the names in which reasons are told."""
    label = f"{cue.finish.format}/{cue.finish.subtype}"
    return _flat({**facts(cue), "format": label, "rate": cue.finish.rate})


def shown_of_row(row: ManifestRow) -> dict[str, Any]:
    """The same, of an earlier run."""
    return _flat(row.fields)


def _flat(record: Mapping[str, Any]) -> dict[str, Any]:
    made = record.get("made")
    made = made if isinstance(made, Mapping) else {}
    numbers = ("speed", "pitch", "intonation", "volume", "sdp_ratio", "noise", "noise_w")
    flat: dict[str, Any] = {name: record.get(name) for name in ("voice", "speaker", *numbers)}
    style = record.get("style")
    style = style if isinstance(style, Mapping) else {}
    flat["style"] = "+".join(f"{name}:{weight:g}" for name, weight in sorted(style.items()))
    for name in ("seed", "take"):
        flat[name] = record.get(name)
    flat["assist text"] = (record.get("assist_text"), record.get("assist_weight"))
    flat["bert scale"] = record.get("bert_scale", 1)
    flat["voice weights"] = made.get("voice_sha256")
    flat["backend"] = made.get("backend", keys.FIRST_BACKEND)
    for name in ("precision", "trim", "lead", "tail", "gain", "gain_db"):
        flat[name] = made.get(name)
    for name in ("format", "rate"):
        flat[name] = record.get(name)
    return flat


def told(decisions: Iterable[Decision]) -> list[str]:
    """Rows that say what a run will do: `412 stale: speed 1→1.1 (400), text (12)`."""
    listed = list(decisions)
    rows = []
    for state in ("new", "stale", "reuse", "fresh", "skipped"):
        of_state = [decision for decision in listed if decision.state == state]
        if not of_state:
            continue
        reasons = Counter(reason for decision in of_state for reason in decision.why)
        common = reasons.most_common(SHOWN_REASONS)
        said = ", ".join(f"{reason} ({count})" for reason, count in common)
        more = f", {len(reasons) - len(common)} more" if len(reasons) > len(common) else ""
        rows.append(f"{len(of_state)} {state}" + (f": {said}{more}" if said else ""))
    return rows


def _plain(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return "none" if value is None else str(value)
