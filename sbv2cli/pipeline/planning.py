"""What a run will do with each line, in the words and the numbers in which it ends.

Texts that the manifest does not know are read for that. Readings that are needed again are kept, up
to a bound; the others are read a second time, as the readings of a book do not fit into memory.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace

from sbv2cli.pipeline import estimate, failures, reading
from sbv2cli.pipeline.diff import MADE, STATES, Decision, Outlined, State, decide, has_file, outline
from sbv2cli.pipeline.job import Job, PreparedLine
from sbv2cli.pipeline.reading import ReadLine
from sbv2cli.records import LineId
from sbv2cli.writers.indexed_manifest import IndexedManifest

KEPT_READINGS = 1000
SHOWN_REASONS = 5

SILENT = "nothing in it can be spoken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A decision about every line, and readings that were made for it."""

    items: Sequence[Outlined]
    readings: dict[LineId, ReadLine] = field(default_factory=dict)
    read_s: float = 0.0

    @property
    def to_write(self) -> int:
        """How many lines get a file, or fail to."""
        return sum(_decision(item).state in {"new", "stale", "reuse", "failed"} for item in self)

    @property
    def seconds(self) -> float:
        """About how much audio has to be made."""
        return sum(
            estimate.of_text(item.prepared.line.text, item.prepared.settings.speed)
            for item in self
            if _decision(item).state in {"new", "stale"}
        )

    def __iter__(self) -> Iterator[Outlined]:
        """The lines in order."""
        return iter(self.items)

    def settles(self, item: Outlined) -> bool:
        """Whether a line needs nothing but a file that is there, and no reading that is not."""
        at_hand = item.prepared.id in self.readings or not needs_reading(item)
        state = _decision(item).state
        return state == "reuse" or (state == "fresh" and at_hand)

    def decisions(self) -> dict[LineId, Decision]:
        """What is to be done, by line."""
        return {item.prepared.id: _decision(item) for item in self}

    def told(self) -> list[str]:
        """Rows that say what will be done."""
        return told(map(_decision, self))


def plan(
    prepared_lines: Iterable[PreparedLine],
    job: Job,
    previous: IndexedManifest,
    goes_on: Callable[[], bool] = lambda: True,
) -> Plan | None:
    """Decide about every line.

    Args:
        prepared_lines: the lines that the run is about.
        job: what is asked.
        previous: what the last run left.
        goes_on: asked before each line; where it says no, there is no plan.
    """
    items: dict[LineId, Outlined] = {}
    for item in outline(prepared_lines, job, previous):
        if not goes_on():
            return None
        items[item.prepared.id] = _strict(item, job)
    start = time.monotonic()
    unread = [item.prepared for item in items.values() if item.decision is None]
    kept: dict[LineId, ReadLine] = {}
    with closing(reading.read(unread, job.reading)) as reads:
        for read in reads:
            if not goes_on():
                return None
            name = read.prepared.id
            items[name] = item = _with_reading(items[name], read, job)
            if len(kept) < KEPT_READINGS and needs_reading(item):
                kept[name] = read
    return Plan(
        items=_with_reuse(items.values(), job, previous),
        readings=kept,
        read_s=time.monotonic() - start,
    )


def needs_reading(item: Outlined) -> bool:
    """Whether what is to be done with a line needs its reading, and not only its keys."""
    unchanged = item.row is not None and item.row.text == item.prepared.line.text
    return not (_decision(item).state == "fresh" and unchanged)


def told(decisions: Iterable[Decision]) -> list[str]:
    """Rows that say what is done with lines: `412 stale: speed 1→1.1 (400), text (12)`."""
    counts: Counter[State] = Counter()
    reasons: dict[State, Counter[str]] = {state: Counter() for state in STATES}
    for decision in decisions:
        counts[decision.state] += 1
        reasons[decision.state].update(decision.why)
    rows = []
    for state in STATES:
        if not counts[state]:
            continue
        common = reasons[state].most_common(SHOWN_REASONS)
        said = ", ".join(f"{reason} ({count:,})" for reason, count in common)
        rest = len(reasons[state]) - len(common)
        more = f", {rest} more" if rest else ""
        rows.append(f"{counts[state]:,} {state}" + (f": {said}{more}" if said else ""))
    return rows


def _decision(item: Outlined) -> Decision:
    assert item.decision is not None
    return item.decision


def _strict(item: Outlined, job: Job) -> Outlined:
    """With `--strict`, a line that would be skipped fails for its first warning."""
    warned = [one.code for one in item.prepared.line.findings if one.severity != "note"]
    if not job.strict or not warned or item.prepared.skip is None:
        return item
    return replace(item, decision=Decision(state="failed", why=(warned[0],)))


def _with_reading(item: Outlined, read: ReadLine, job: Job) -> Outlined:
    problem = read.error or failures.strict_problem(read, job)
    if problem is not None:
        return replace(item, decision=Decision(state="failed", why=(problem.code,)))
    if read.silent:
        return replace(item, decision=Decision(state="skipped", why=(SILENT,)))
    keys = item.prepared.keys(read.key(job.pauses["sentence"]))
    return replace(item, keys=keys, decision=decide(item.prepared, keys, item.row, job))


def _with_reuse(items: Iterable[Outlined], job: Job, previous: IndexedManifest) -> list[Outlined]:
    """The lines, with those whose bytes another file has: of the last run, or of a line before."""
    first: dict[str, LineId] = {}  # of this run, by post key
    result: list[Outlined] = []
    for item in items:
        decision, keys = _decision(item), item.keys
        settled = item
        if job.reuse and keys is not None and decision.state in {"new", "stale"}:
            source = first.get(keys.post) or _held(keys.post, job, previous)
            if source is None:
                first[keys.post] = item.prepared.id
            else:
                why = decision.why or (f"same as {source}",)
                settled = replace(item, decision=Decision(state="reuse", why=why))
        result.append(settled)
    return result


def _held(post_key: str, job: Job, previous: IndexedManifest) -> LineId | None:
    """The line of the last run whose file has these bytes."""
    if job.force:
        return None
    facts = previous.rows.first("post_key", post_key, MADE)
    return facts.id if facts is not None and has_file(previous.rows[facts.id], job) else None
