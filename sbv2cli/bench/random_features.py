"""BERT features for lines without texts: random tokens through a random BERT."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sbv2cli.bench import bert
from sbv2cli.engine.bert.features import batches, spread

if TYPE_CHECKING:
    from torch import Tensor

    from sbv2cli.engine.bert.encoder import Encoder
    from sbv2cli.records import Utterance


class RandomFeatures:
    """Features of the benchmark's lines: random tokens through a full-size random model."""

    def __init__(
        self, encoder: Encoder, config: dict[str, Any], utterances: Sequence[Utterance]
    ) -> None:
        self.encoder = encoder
        self.config = config
        lengths = [len(u.phones_per_token) for u in utterances]
        ids = bert.random_lines(lengths)
        # Its lines come shuffled; each goes to a line that is as long.
        by_length: dict[int, list[list[int]]] = {}
        for line in ids:
            by_length.setdefault(len(line), []).append(line)
        self.ids = {u.id: by_length[len(u.phones_per_token)].pop() for u in utterances}

    def of(self, utterances: Sequence[Utterance]) -> list[Any]:
        """As `Features.of`, but nothing is kept from one repeat to the next."""
        keys = [("ja", str(u.id)) for u in utterances]
        lengths = [len(self.ids[u.id]) for u in utterances]
        rows: dict[tuple[str, str], Tensor] = {}
        by_id = {("ja", str(u.id)): self.ids[u.id] for u in utterances}
        for batch in batches(keys, lengths):
            encoded = self.encoder.encode([by_id[key] for key in batch])
            rows |= zip(batch, encoded, strict=True)
        return [
            spread(rows[key], utterance.phones_per_token)
            for key, utterance in zip(keys, utterances, strict=True)
        ]
