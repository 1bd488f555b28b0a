"""What keeps lines from being spoken by their voices, as findings: nothing is read or loaded."""

from __future__ import annotations

from collections.abc import Iterator

from sbv2cli.errors import MachineError, Sbv2Error
from sbv2cli.languages import espeak
from sbv2cli.pipeline import workers
from sbv2cli.pipeline.job import Job
from sbv2cli.pipeline.prepare import VoiceCheck
from sbv2cli.records import Finding, ScriptLine, TextRules


class VoiceFindings:
    """Findings about lines, one after another. What the machine lacks is said at the first line."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._check = VoiceCheck(job)
        self._kinds: set[tuple[object, ...]] = set()
        self._said: set[tuple[str, str]] = set()

    def of(self, line: ScriptLine) -> Iterator[Finding]:
        """What is wrong with a line and its voice."""
        if line.skip:
            return
        prepared, errors = self._check.of(line)
        for error in errors:
            yield from self._finding(error, line)
        if prepared is None or prepared.skip or (kind := workers.kind_of(prepared)) in self._kinds:
            return
        self._kinds.add(kind)
        for lack in workers.lacking(prepared, self._job.machine):
            yield from self._finding(lack, line)

    def text_rules(self, line: ScriptLine) -> TextRules | None:
        """How the line's voice reads text, where no language does for it."""
        prepared, _ = self._check.of(line)
        return None if prepared is None else prepared.voice.bundle.config.text_rules

    def symbol_reader(self, line: ScriptLine) -> str | None:
        """What reads text in the symbols of its voice's family, where something does."""
        prepared, _ = self._check.of(line)
        return None if prepared is None else prepared.voice.bundle.config.phonology.reader

    def cannot_read(self, line: ScriptLine) -> bool:
        """Whether the program is missing that reads for the line's voice."""
        return any(error.code == espeak.MISSING for error in self._check.of(line)[1])

    def _finding(self, error: Sbv2Error, line: ScriptLine) -> Iterator[Finding]:
        place = None if error.at in (None, str(line.source)) else error.at
        message = error.message if place is None else f"{error.message} ({place})"
        # Of the machine, or of a voice that cannot be opened, and not of each line that meets it.
        if isinstance(error, MachineError) or error.code == "voice.none":
            if (error.code, message) in self._said:
                return
            self._said.add((error.code, message))
        yield Finding(
            code=error.code, severity="error", message=message, hint=error.hint, at=line.source
        )
