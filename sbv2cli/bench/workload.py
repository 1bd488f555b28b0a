"""What is measured: a voice of random weights with random lines, or the voice that ships."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import cycle, islice
from typing import TYPE_CHECKING

from sbv2cli import tables
from sbv2cli.bench import voice
from sbv2cli.bench.sentences import SENTENCES
from sbv2cli.engine.torch import loading
from sbv2cli.languages import LANGUAGES
from sbv2cli.languages.language import ReadOptions
from sbv2cli.records import Delivery, LineId, Utterance
from sbv2cli.voices import search_path
from sbv2cli.voices.bundle import open_bundle
from sbv2cli.voices.to_utterance import to_utterance

if TYPE_CHECKING:
    from sbv2cli.engine.torch.network import Network
    from sbv2cli.voices.bundle import Bundle

# Not a size: the voice that ships with the package, whatever its size is.
BUILT_IN = "builtin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """A voice and a script for it."""

    bundle: Bundle
    network: Network
    utterances: list[Utterance]


def of_size(size: str, lines: int) -> Workload:
    """One of `voice.SIZES`, or BUILT_IN."""
    if size == BUILT_IN:
        return built_in(lines)
    bundle = voice.random_bundle(size)
    return Workload(
        bundle=bundle,
        network=voice.random_network(bundle),
        utterances=voice.random_lines(lines),
    )


def built_in(lines: int) -> Workload:
    """The voice that ships says the sentences, over and over, with its own durations.

    It takes them in an order in which any few of them have the lengths of all.
    """
    bundle = open_bundle(search_path.find(None, []).path)
    return Workload(
        bundle=bundle, network=loading.load(bundle), utterances=sentences_of(bundle, lines)
    )


def sentences_of(bundle: Bundle, lines: int) -> list[Utterance]:
    """So many sentences for a voice that reads Japanese."""
    japanese = tables.resolve(LANGUAGES, "ja", kind="language")
    readings = [japanese.read(text, ReadOptions()) for text in _mixed(SENTENCES)]
    return [
        # A sentence that comes again is another take of it.
        to_utterance(
            LineId(str(number)), reading, bundle, Delivery(take=1 + number // len(readings))
        )
        for number, reading in enumerate(islice(cycle(readings), lines))
    ]


def _mixed(sentences: tuple[str, ...]) -> list[str]:
    """Short, middle and long ones in turn: every seventh, and so on around."""
    # 7 does not divide their number, so that every sentence is met once.
    return [sentences[7 * number % len(sentences)] for number in range(len(sentences))]
