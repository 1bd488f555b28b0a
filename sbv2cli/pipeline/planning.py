"""What a run will do with each line, in the words and the numbers in which it ends.

Texts that the manifest does not know are read for that, and readings that are needed again are
kept, up to a bound. Where there are very many such texts, a run does not wait for them: what each
line needs is decided when it is read for its sound, by the same `Decider`, and told at the end.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from sbv2cli.executors import WHOLE_LINES
from sbv2cli.pipeline import estimate, failures, reading
from sbv2cli.pipeline.diff import MADE, STATES, Decision, Outlined, State, decide, has_file, outline
from sbv2cli.pipeline.job import Job, PreparedLine
from sbv2cli.pipeline.keys import Keys
from sbv2cli.pipeline.reading import ReadLine
from sbv2cli.pipeline.spool import Spool
from sbv2cli.records import LineId
from sbv2cli.writers.indexed_manifest import IndexedManifest

KEPT_READINGS = 1000
SHOWN_REASONS = 5

READ_AHEAD = 10_000
"""Texts that are read before the first sound; it takes some seconds, and the plan is whole."""

SILENT = "nothing in it can be spoken"
SAME = "same as another line"

TO_WRITE: frozenset[State] = frozenset({"new", "stale", "reuse", "failed"})


@dataclass(slots=True)
class Tally:
    """Decisions, counted."""

    counts: Counter[State] = field(default_factory=Counter)
    reasons: dict[State, Counter[str]] = field(
        default_factory=lambda: {state: Counter() for state in STATES}
    )
    seconds: float = 0.0  # about how much audio has to be made
    unread: int = 0  # lines about which nothing is decided yet

    def add(self, prepared: PreparedLine, decision: Decision) -> None:
        """Count a line."""
        self.counts[decision.state] += 1
        # Which line it is says the table of a dry run; here they would be hundreds of reasons.
        self.reasons[decision.state].update(map(_kind, decision.why))
        if decision.state in {"new", "stale"}:
            self.seconds += estimate.of_text(prepared.line.text, prepared.settings.speed)

    @property
    def to_write(self) -> int:
        """How many lines get a file, or fail to; with those that nothing is known of."""
        return self.unread + sum(self.counts[state] for state in TO_WRITE)

    def told(self) -> list[str]:
        """Rows that say what is done with lines: `412 stale: speed 1→1.1 (400), text (12)`."""
        rows = []
        for state in STATES:
            if not self.counts[state]:
                continue
            common = self.reasons[state].most_common(SHOWN_REASONS)
            said = ", ".join(f"{reason} ({count:,})" for reason, count in common)
            rest = len(self.reasons[state]) - len(common)
            more = f", {rest} more" if rest else ""
            rows.append(f"{self.counts[state]:,} {state}" + (f": {said}{more}" if said else ""))
        if self.unread:
            rows.append(f"{self.unread:,} to be read first; what they need is told at the end")
        return rows


def _kind(why: str) -> str:
    return SAME if why.partition(" as ")[0] == "same" else why


Decided = tuple[Keys | None, Decision | None]
"""The keys of a line, and what is to be done with it, as far as they are known."""


def _spool_of_decided() -> Spool[Decided]:
    """A row of them; on the disk a key is its three words."""
    return Spool(pack=_packed, unpack=_unpacked)


def _packed(decided: Decided) -> tuple[tuple[str, str, str] | None, Decision | None]:
    keys, decision = decided
    return None if keys is None else (keys.reading, keys.synth, keys.post), decision


def _unpacked(packed: tuple[tuple[str, str, str] | None, Decision | None]) -> Decided:
    words, decision = packed
    if words is None:
        return None, decision
    reading, synth, post = words
    return Keys(reading=reading, synth=synth, post=post), decision


class Decider:
    """Decides line by line, in the order of the script, and counts."""

    def __init__(self, job: Job, previous: IndexedManifest) -> None:
        self.job = job
        self.previous = previous
        self.tally = Tally()
        self._first: dict[str, LineId] = {}  # of this run, by post key
        self._same: dict[Decision, Decision] = {}  # so that equal ones are held once

    def settle(
        self, prepared: PreparedLine, keys: Keys | None, decision: Decision | None
    ) -> Decision:
        """What is to be done with a line, once it is known whether another file has its bytes."""
        assert decision is not None
        if keys is not None and decision.state in {"new", "stale"}:
            decision = self._with_reuse(prepared, keys, decision)
        decision = self._same.setdefault(decision, decision)
        self.tally.add(prepared, decision)
        return decision

    def read(self, read: ReadLine) -> tuple[Keys | None, Decision]:
        """What is to be done with a line that has been read."""
        prepared = read.prepared
        problem = read.error or failures.strict_problem(read, self.job)
        if problem is not None:
            return None, Decision(state="failed", why=(problem.code,))
        if read.silent:
            return None, Decision(state="skipped", why=(SILENT,))
        keys = prepared.keys(read.key(self.job.pauses["sentence"]))
        row = self.previous.rows.get(prepared.id)
        return keys, decide(prepared, keys, row, self.job)

    def needs_reading(self, prepared: PreparedLine, decision: Decision | None) -> bool:
        """Whether what is to be done with a line needs its reading, and not only its keys."""
        if decision is None or decision.state != "fresh":
            return True
        row = self.previous.rows.get(prepared.id)
        return row is None or row.text != prepared.line.text

    def _with_reuse(self, prepared: PreparedLine, keys: Keys, decision: Decision) -> Decision:
        if not self.job.reuse:
            return decision
        source = self._first.get(keys.post) or self._held(keys.post)
        if source is None:
            self._first[keys.post] = prepared.id
            return decision
        return Decision(state="reuse", why=decision.why or (f"same as {source}",))

    def _held(self, post_key: str) -> LineId | None:
        """The line of the last run whose file has these bytes."""
        if self.job.force:
            return None
        rows = self.previous.rows
        facts = rows.first("post_key", post_key, MADE)
        return facts.id if facts is not None and has_file(rows[facts.id], self.job) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A decision about every line, in order, and readings that were made for it."""

    prepared_lines: Sequence[PreparedLine]
    decided: Sequence[Decided]
    decider: Decider
    whole: bool = True  # else lines without a decision are decided when they are read
    readings: dict[LineId, ReadLine] = field(default_factory=dict)
    read_s: float = 0.0

    @property
    def tally(self) -> Tally:
        """How many lines there are of each kind."""
        return self.decider.tally

    def __iter__(self) -> Iterator[Outlined]:
        """The lines in order."""
        for prepared, (keys, decision) in zip(self.prepared_lines, self.decided, strict=True):
            yield Outlined(prepared=prepared, keys=keys, decision=decision)

    def settles(self, item: Outlined) -> bool:
        """Whether a line needs nothing but a file that is there, and no reading that is not."""
        prepared, decision = item.prepared, item.decision
        if decision is None or decision.state not in {"reuse", "fresh"}:
            return False
        if decision.state == "reuse" or prepared.id in self.readings:
            return True
        return not self.decider.needs_reading(prepared, decision)

    def decide(self, read: ReadLine) -> Outlined:
        """What is to be done with a line that has been read; one that was open is counted now."""
        keys, decision = self.decider.read(read)
        if not self.whole:
            self.tally.unread -= 1
            decision = self.decider.settle(read.prepared, keys, decision)
        return Outlined(prepared=read.prepared, keys=keys, decision=decision)

    def decisions(self) -> dict[LineId, Decision]:
        """What is to be done, by line, where anything is."""
        return {
            item.prepared.id: item.decision
            for item in self
            if item.decision is not None and item.decision.state != "fresh"
        }


def plan(
    prepared_lines: Sequence[PreparedLine],
    job: Job,
    previous: IndexedManifest,
    goes_on: Callable[[], bool] = lambda: True,
    *,
    whole: bool = False,
) -> Plan | None:
    """Decide about every line.

    Args:
        prepared_lines: the lines that the run is about.
        job: what is asked.
        previous: what the last run left.
        goes_on: asked before each line; where it says no, there is no plan.
        whole: read all texts, however many there are. Else lines that get a sound stay open where
            there are very many.
    """
    outlined = _spool_of_decided()
    unread = 0
    for item in outline(prepared_lines, job, previous):
        if not goes_on():
            return None
        outlined.append((item.keys, _strict(item, job)))
        unread += item.decision is None
    decider = Decider(job, previous)
    if unread > READ_AHEAD and not whole and job.machine.executor not in WHOLE_LINES:
        return _open(prepared_lines, outlined, decider)
    return _whole(prepared_lines, outlined, decider, goes_on)


def _open(
    prepared_lines: Sequence[PreparedLine], outlined: Sequence[Decided], decider: Decider
) -> Plan:
    """Lines that have to be read stay open, also where their keys are known: in order all are."""
    decided = _spool_of_decided()
    for prepared, (keys, decision) in zip(prepared_lines, outlined, strict=True):
        if prepared.skip is None and decider.needs_reading(prepared, decision):
            decider.tally.unread += 1
            decided.append((None, None))
        else:
            decided.append((keys, decider.settle(prepared, keys, decision)))
    return Plan(prepared_lines=prepared_lines, decided=decided, decider=decider, whole=False)


def _whole(
    prepared_lines: Sequence[PreparedLine],
    outlined: Sequence[Decided],
    decider: Decider,
    goes_on: Callable[[], bool],
) -> Plan | None:
    """Every text is read that nothing is known of."""
    start = time.monotonic()
    decided = _spool_of_decided()
    kept: dict[LineId, ReadLine] = {}
    unread = (
        prepared
        for prepared, (_, decision) in zip(prepared_lines, outlined, strict=True)
        if decision is None
    )
    with closing(reading.read(unread, decider.job.reading)) as reads:
        for prepared, (keys, decision) in zip(prepared_lines, outlined, strict=True):
            if not goes_on():
                return None
            if decision is None:
                read = next(reads)
                keys, decision = decider.read(read)  # noqa: PLW2901 - now it is known
                if len(kept) < KEPT_READINGS and decider.needs_reading(prepared, decision):
                    kept[prepared.id] = read
            decided.append((keys, decider.settle(prepared, keys, decision)))
    return Plan(
        prepared_lines=prepared_lines,
        decided=decided,
        decider=decider,
        readings=kept,
        read_s=time.monotonic() - start,
    )


def _strict(item: Outlined, job: Job) -> Decision | None:
    """With `--strict`, a line that would be skipped fails for its first warning."""
    warned = [one.code for one in item.prepared.line.findings if one.severity != "note"]
    if not job.strict or not warned or item.prepared.skip is None:
        return item.decision
    return Decision(state="failed", why=(warned[0],))
