"""The baseline of every ratio: the network as it is published.

One line at a time, weight norm computed anew at every call, every layer of BERT and
its head, all cores on each operation.
"""

from __future__ import annotations

from copy import deepcopy
from time import perf_counter
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn.utils.parametrizations import weight_norm

from sbv2cli.engine import collate
from sbv2cli.engine.torch import backend as torch_backend

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from sbv2cli.engine.torch.network import Network
    from sbv2cli.records import Utterance


class BaselineVoice:
    """A network as it is published: with weight norm in the decoder."""

    def __init__(
        self,
        network: Network,
        features: Callable[[Utterance], Tensor] | None,
        slots: Mapping[str, int],
        device: torch.device,
    ) -> None:
        self.network = deepcopy(network).to(device)
        for conv in self.network.vocoder.normed():
            weight_norm(conv)
        self.features = features
        self.slots = slots
        self.device = device
        self.seconds = {"features": 0.0, "plan": 0.0, "flow": 0.0, "decoder": 0.0}

    @torch.inference_mode()
    def speak(self, utterances: Sequence[Utterance]) -> list[NDArray[np.float32]]:
        """One after the other."""
        return [self._speak_one(utterance) for utterance in utterances]

    def _speak_one(self, utterance: Utterance) -> NDArray[np.float32]:
        times = [perf_counter()]
        feature = None if self.features is None else self.features(utterance)
        times.append(self._now())
        batch, noise_B2P = torch_backend.tensors([utterance], [feature], self.slots, self.device)
        plan = self.network.plan(batch, noise_B2P)
        planned = collate.Planned(
            utterance=utterance,
            frames_P=plan.frames_BP[0].cpu().long().numpy(),
            per_phone_KP=plan.per_phone_BKP[0],
            speaker_G=plan.speaker_BG1[0, :, 0],
        )
        times.append(self._now())
        acoustic, vocoder = self.network.acoustic, self.network.vocoder
        spread = torch_backend.spread([planned], acoustic, self.device)
        latent_BCF = acoustic.decode(spread)
        times.append(self._now())
        noise_BNF = torch_backend.vocoder_noise([planned], vocoder, self.device)
        samples_S = vocoder(latent_BCF, None, spread.speaker_BG1, noise_BNF)[0, 0].cpu().numpy()
        times.append(self._now())
        for stage, start, end in zip(self.seconds, times, times[1:], strict=False):
            self.seconds[stage] += end - start
        sound: NDArray[np.float32] = samples_S
        return sound

    def _now(self) -> float:
        if self.device.type == "cuda":
            torch.cuda.synchronize()
        return perf_counter()
