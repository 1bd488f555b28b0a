"""Which lines go together, and how many at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from sbv2cli import cpu_count
from sbv2cli.pipeline.job import OpenVoice
from sbv2cli.pipeline.outline import Outlined
from sbv2cli.records import Utterance

# Lines given to the engine at a time when the earliest are wanted first.
SCRIPT_ORDER_LINES = 8


def batches(
    utterances: Iterator[Utterance], *, in_script_order: bool
) -> Iterator[Iterable[Utterance]]:
    """What the engine is given at a time: everything, or a few lines in the script's order."""
    if not in_script_order:
        yield utterances
        return
    while batch := list(islice(utterances, SCRIPT_ORDER_LINES)):
        yield batch


def by_voice(items: Sequence[Outlined]) -> list[tuple[OpenVoice, list[Outlined]]]:
    """Lines of one voice together, so that each voice is loaded once."""
    groups: dict[int, list[Outlined]] = defaultdict(list)
    voices: dict[int, OpenVoice] = {}
    for item in items:
        voices.setdefault(id(item.cue.voice), item.cue.voice)
        groups[id(item.cue.voice)].append(item)
    return [(voices[key], group) for key, group in groups.items()]


def languages(group: Sequence[Outlined]) -> tuple[str, ...]:
    """The languages that some lines are in."""
    return tuple(sorted({item.cue.language for item in group}))


def reading_processes() -> int:
    """How many processes read texts."""
    # Beside the engine, which wants the processors too; reading takes a hundredth of its time.
    return max(1, cpu_count.usable() // 2)
