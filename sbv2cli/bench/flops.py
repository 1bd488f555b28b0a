"""How many operations a line needs, by the direct formulas.

A multiplication and an addition are two operations. A convolution counts all its taps, whatever the
engine makes of them; what only moves or bends numbers (activations, norms, splines, transforms)
counts nothing. Networks are counted by torch while they compute; BERT by a formula, because only
what is needed counts: no layers that nobody hears, and no projections that are the same each time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from sbv2cli.engine import collate
from sbv2cli.engine.bert.encoder_weights import layers_needed
from sbv2cli.engine.torch import backend as torch_backend
from sbv2cli.records import BERT_CHANNELS

if TYPE_CHECKING:
    from sbv2cli.engine.collate import Planned
    from sbv2cli.engine.torch.network import Network
    from sbv2cli.records import Utterance

CPU = torch.device("cpu")


def convolution(inner: int, outer: int, kernel: int, length: int) -> int:
    """A convolution that makes `length` samples; with one tap, a matrix product."""
    return 2 * inner * outer * kernel * length


def bert(config: Mapping[str, Any], tokens: int) -> int:
    """A DeBERTa up to the layer that is heard, its position projections being known."""
    channels, inner = config["hidden_size"], config["intermediate_size"]
    terms = 2 + len(config.get("pos_att_type") or ())  # scores and mixing, and of positions
    layer = (
        4 * convolution(channels, channels, 1, tokens)
        + 2 * convolution(channels, inner, 1, tokens)
        + terms * convolution(channels, tokens, 1, tokens)
    )
    kernel = config.get("conv_kernel_size") or 0
    return layers_needed(config) * layer + convolution(channels, channels, kernel, tokens)


def counted(run: Callable[[], object]) -> int:
    """What torch counts while something is computed with plain modules."""
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        run()
    return counter.get_total_flops()


class NetworkFlops:
    """Operations of each half of a network for lines of any length; each length is run once."""

    def __init__(self, network: Network, slots: Mapping[str, int]) -> None:
        """`network` is as it was loaded, on the CPU: what is packed hides its operations."""
        self.network = network
        self.slots = slots
        self._plans: dict[int, int] = {}
        self._frames: dict[int, tuple[int, int]] = {}

    def plan(self, utterance: Utterance, *, bert: bool) -> int:
        """Text to durations."""
        phones = len(utterance.phones)
        if phones not in self._plans:
            feature = torch.zeros(BERT_CHANNELS, phones) if bert else None
            batch, noise_B2P = torch_backend.tensors([utterance], [feature], self.slots, CPU)
            self._plans[phones] = counted(lambda: self.network.plan(batch, noise_B2P))
        return self._plans[phones]

    def render(self, line: Planned) -> tuple[int, int]:
        """Frames made by the acoustic model, and samples made of them."""
        if line.frames not in self._frames:
            acoustic, vocoder = self.network.acoustic, self.network.vocoder
            spread = torch_backend.spread([_moved(line)], acoustic, CPU)
            noise = collate.vocoder_noise([line], vocoder.noise_channels)
            noise_BNF = None if noise is None else torch.from_numpy(noise)
            made: list[Tensor] = []
            first = counted(lambda: made.append(acoustic.decode(spread)))
            second = counted(lambda: vocoder(made[0], None, spread.speaker_BG1, noise_BNF))
            self._frames[line.frames] = first, second
        return self._frames[line.frames]


def _moved(line: Planned) -> Planned:
    """The same line on the CPU."""
    return replace(line, per_phone_KP=line.per_phone_KP.cpu(), speaker_G=line.speaker_G.cpu())
