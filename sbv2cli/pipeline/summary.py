"""How a run ended."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sbv2cli.errors import EXIT_OK, Sbv2Error
from sbv2cli.pipeline.diff import STATES, State
from sbv2cli.records import LineId, ManifestRow


@dataclass(slots=True)
class Summary:
    """How a run ended."""

    ok: int = 0
    reused: int = 0  # fresh from an earlier run, or copied
    failed: int = 0
    skipped: int = 0
    cancelled: int = 0
    audio_s: float = 0.0  # made in this run
    wall_s: float = 0.0
    stages: dict[str, float] = field(default_factory=dict)
    states: Counter[State] = field(default_factory=Counter)  # lines, by the words of the plan
    failures: list[ManifestRow] = field(default_factory=list)
    warnings: Counter[str] = field(default_factory=Counter)
    orphans: list[str] = field(default_factory=list)  # files that no line names any more
    pruned: int = 0
    # Scripts whose lines are those of this run now -> lines that only they have.
    replaced: dict[str, list[LineId]] = field(default_factory=dict)
    changed: bool = False  # whether anything was written
    exit: int = EXIT_OK
    error: Sbv2Error | None = None  # what ended the run before its time

    def as_json(self) -> dict[str, Any]:
        """As it stands in the manifest and in the envelope."""
        return {
            "ok": self.ok,
            "reused": self.reused,
            "failed": self.failed,
            "skipped": self.skipped,
            "cancelled": self.cancelled,
            "states": {state: self.states[state] for state in STATES if self.states[state]},
            "audio_s": round(self.audio_s, 3),
            "wall_s": round(self.wall_s, 3),
            "rtf": round(self.wall_s / self.audio_s, 4) if self.audio_s else None,
            "stages": {name: round(seconds, 3) for name, seconds in self.stages.items()},
            "orphans": len(self.orphans),
            "exit": self.exit,
        }
