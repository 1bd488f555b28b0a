"""What the durations of a graph may be made from, by our own names and by the published ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from sbv2cli.export.graph import FLOAT, INT
from sbv2cli.models.dims import STYLE_CHANNELS
from sbv2cli.records import BERT_CHANNELS
from sbv2cli.settings.keys import BUILT_IN_DELIVERY

if TYPE_CHECKING:
    from sbv2cli.export.graph import Graph, Value

# Signatures that other programs know: that of Style-Bert-VITS2, and that of Piper for networks that
# hear nothing but symbols.
FEATURES, SYMBOLS = "features", "symbols"

# The slots of an architecture, by their number, under the names of the published signature.
PUBLISHED_FEATURES: Mapping[int, Sequence[str]] = {
    1: ("bert",),
    3: ("bert", "ja_bert", "en_bert"),
}

# What a published graph takes where a program gives no noise.
PUBLISHED_NOISE: Mapping[str, float] = {
    "noise_scale": float(BUILT_IN_DELIVERY.noise or 0.0),
    "noise_scale_w": float(BUILT_IN_DELIVERY.noise_w or 0.0),
}

# Our own names, which are those of the fields of `models.architecture.Batch`.
TABLES = ("phones", "tones", "languages")  # [B, P]
ROWS = ("lengths", "speakers")  # [B]
NUMBERS = ("length_scale", "sdp_ratio", "noise_scale_w")  # a number for each line, as [B, 1, 1]


# What Piper puts into its one row of numbers.
SCALES = ("noise_scale", "length_scale", "noise_scale_w")


class PlanInputs(Protocol):
    """Inputs of a graph by our names; also "style" [B, C], and "noise" [B, 2, P], scaled."""

    def __call__(self, name: str) -> Value:
        """The input of that name."""
        ...

    def features(self, slots: int) -> Sequence[Value | None]:
        """BERT features [B, C, P] of each slot; `None` is zeros."""
        ...


class OwnInputs:
    """An input is in the graph when it is asked for, and not before."""

    def __init__(self, graph: Graph, *, with_features: bool) -> None:
        self._graph = graph
        self._with_features = with_features
        self._made: dict[str, Value] = {}

    def __call__(self, name: str) -> Value:
        """See `PlanInputs`."""
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def _make(self, name: str) -> Value:
        graph = self._graph
        if name in TABLES:
            return graph.input(name, INT, ("batch", "phones"))
        if name in ROWS:
            return graph.input(name, INT, ("batch",))
        if name in NUMBERS:
            return graph.input(name, FLOAT, ("batch",)).unsqueeze(1, 2)
        if name == "style":
            return graph.input(name, FLOAT, ("batch", STYLE_CHANNELS))
        assert name == "noise", name
        return graph.input(name, FLOAT, ("batch", 2, "phones")) * self("noise_scale_w")

    def features(self, slots: int) -> Sequence[Value | None]:
        """See `PlanInputs`."""
        if not slots or not self._with_features:
            return [None] * slots
        graph = self._graph
        bert_BCP = graph.input("bert", FLOAT, ("batch", BERT_CHANNELS, "phones"))
        if slots == 1:
            return [bert_BCP]
        slot_B = graph.input("bert_slot", INT, ("batch",))
        return [
            bert_BCP * graph.node("Equal", slot_B, graph.value(slot)).cast(FLOAT).unsqueeze(1, 2)
            for slot in range(slots)
        ]


class PublishedInputs:
    """The published list, all of it, asked for or not."""

    def __init__(self, graph: Graph, features: Sequence[str], *, heard: bool) -> None:
        line, self.table = ("batch_size",), ("batch_size", "x_tst_max_length")
        made = {
            "phones": graph.input("x_tst", INT, self.table),
            "lengths": graph.input("x_tst_lengths", INT, line),
            "speakers": graph.input("sid", INT, line),
            "tones": graph.input("tones", INT, self.table),
            "languages": graph.input("language", INT, self.table),
        }
        shape = ("batch_size", BERT_CHANNELS, "x_tst_max_length")
        given = [graph.input(name, FLOAT, shape) for name in features]
        self._features: list[Value | None] = [value if heard else None for value in given]
        made["style"] = graph.input("style_vec", FLOAT, ("batch_size", STYLE_CHANNELS))
        # Some programs give numbers here, some rows of one number. Runtimes do not check the shape
        # of what is declared as a number, so that both get in.
        for name in ("length_scale", "sdp_ratio"):
            made[name] = graph.input(name, FLOAT, ()).reshape(1, 1, 1)
        # Some give no noise at all: sbv2-bindings 0.1.1 for one. These stay the last of the list,
        # for there are programs that count.
        for name, kept in PUBLISHED_NOISE.items():
            made[name] = graph.optional(name, kept).reshape(1, 1, 1)
        made["noise"] = _own_noise(made["phones"], self.table) * made["noise_scale_w"]
        self._made = made

    def __call__(self, name: str) -> Value:
        """See `PlanInputs`."""
        return self._made[name]

    def features(self, slots: int) -> Sequence[Value | None]:
        """See `PlanInputs`."""
        assert slots == len(self._features)
        return self._features


class SymbolInputs:
    """What programs give to networks that hear symbols alone: the list of Piper, all of it."""

    def __init__(self, graph: Graph, *, several: bool) -> None:
        line, self.table = ("batch_size",), ("batch_size", "phonemes")
        made = {
            "phones": graph.input("input", INT, self.table),
            "lengths": graph.input("input_lengths", INT, line),
        }
        scales = graph.input("scales", FLOAT, (len(SCALES),))
        parts = graph.split(scales, len(SCALES) * [1], 0)
        for name, part in zip(SCALES, parts, strict=True):
            made[name] = part.reshape(1, 1, 1)
        if several:
            made["speakers"] = graph.input("sid", INT, line)
        made["noise"] = _own_noise(made["phones"], self.table) * made["noise_scale_w"]
        self._made = made

    def __call__(self, name: str) -> Value:
        """See `PlanInputs`."""
        return self._made[name]

    def features(self, slots: int) -> Sequence[Value | None]:
        """See `PlanInputs`."""
        return [None] * slots


def _own_noise(phones_BP: Value, table: tuple[str, str]) -> Value:
    """[B, 2, P] noise of durations that a graph draws by itself."""
    blank_B2P = phones_BP.graph.value(0.0).expand(phones_BP.size(0), 2, phones_BP.size(1))
    return blank_B2P.shaped(table[0], 2, table[1]).apply("RandomNormalLike")
