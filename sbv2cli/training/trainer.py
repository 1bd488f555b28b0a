"""One step of training: the discriminators first, then the voice. Optimisers, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from sbv2cli.errors import MachineError
from sbv2cli.training.ema import EMA
from sbv2cli.training.objectives.objective import VOICE

if TYPE_CHECKING:
    from sbv2cli.training.data.batch import TrainingBatch
    from sbv2cli.training.fit_settings import FitSettings
    from sbv2cli.training.objectives.objective import Objective

# So many steps in a row whose gradient is not finite mean that a run has diverged.
MOST_BAD_STEPS = 20


class Trainer:
    """The networks of an objective, their optimisers, and the EMA of the voice."""

    def __init__(
        self, objective: Objective, settings: FitSettings, device: torch.device | None = None
    ) -> None:
        self.objective = objective
        self.settings = settings
        self.device = device or torch.device("cpu")
        self.model = objective.model.to(self.device)
        self.discriminators = {
            name: net.to(self.device).train()
            for name, net in objective.networks.items()
            if name != VOICE
        }
        self.optimisers = {VOICE: self._optimiser(objective.trainable())}
        for name, discriminator in self.discriminators.items():
            learning = [p for p in discriminator.parameters() if p.requires_grad]
            self.optimisers[name] = self._optimiser(learning)
        self.ema: EMA | None = None
        self.start_ema()
        self.bad_steps = 0

    def _optimiser(self, parameters: Sequence[nn.Parameter]) -> torch.optim.AdamW:
        settings = self.settings
        return torch.optim.AdamW(
            list(parameters),
            lr=settings.learning_rate,
            betas=(settings.betas[0], settings.betas[1]),
            eps=settings.eps,
            weight_decay=settings.weight_decay,
            fused=True,
        )

    def start_ema(self) -> None:
        """Average the weights from now on."""
        if self.settings.ema > 0:
            self.ema = EMA(self.model, self.settings.ema)

    def distribute(self) -> None:
        """Let several processes learn as one; each net answers for its own gradients."""
        ids = [self.device] if self.device.type == "cuda" else None
        for name, net in list(self.objective.networks.items()):
            if any(p.requires_grad for p in net.parameters()):
                self.objective.networks[name] = DistributedDataParallel(net, device_ids=ids)

    def set_rate(self, factor: float) -> float:
        """Set the learning rate of all nets."""
        rate = self.settings.learning_rate * factor
        for optimiser in self.optimisers.values():
            for group in optimiser.param_groups:
                group["lr"] = rate
        return rate

    def step(self, batches: Sequence[TrainingBatch], step: int) -> dict[str, Tensor]:
        """Learn from some batches at once; answers what the losses were."""
        self.objective.set_modes()
        for optimiser in self.optimisers.values():
            optimiser.zero_grad(set_to_none=True)
        total: dict[str, Tensor] = {}
        for index, batch in enumerate(batches):
            last = index == len(batches) - 1
            with ExitStack() as stack:
                if not last:
                    for net in self.objective.networks.values():
                        if isinstance(net, DistributedDataParallel):
                            stack.enter_context(net.no_sync())
                values = self._learn(batch.to(self.device), step, 1 / len(batches), last=last)
            for name, value in values.items():
                total[name] = total.get(name, torch.zeros((), device=self.device)) + value
        total = {name: value / len(batches) for name, value in total.items()}
        norm = self.objective.clip(self.settings.clip_gradient)
        self._apply(VOICE, norm)
        total["gradient_norm"] = norm
        self._watch(norm)
        if self.ema is not None:
            self.ema.update(self.model)
        return total

    def _watch(self, norm: Tensor) -> None:
        if bool(torch.isfinite(norm)):
            self.bad_steps = 0
            return
        self.bad_steps += 1
        if self.bad_steps >= MOST_BAD_STEPS:
            raise MachineError(
                "train.diverged",
                f"the gradient of {self.bad_steps} steps in a row is not a finite number",
                hint="go on from the last checkpoint with a lower learning_rate",
            )

    def _update(self, name: str, limit: float) -> Tensor:
        """Clip and apply a net's gradients; a gradient that is not finite is left out."""
        groups = self.optimisers[name].param_groups
        parameters = [p for group in groups for p in group["params"]]
        norm = torch.nn.utils.clip_grad_norm_(parameters, limit)
        self._apply(name, norm)
        return norm

    def _apply(self, name: str, norm: Tensor) -> None:
        if bool(torch.isfinite(norm)):
            self.optimisers[name].step()

    def _learn(
        self, batch: TrainingBatch, step: int, share: float, *, last: bool
    ) -> dict[str, Tensor]:
        """Gradients of one batch; those of the discriminators are applied with the last one."""
        values: dict[str, Tensor] = {}
        made = self.objective.forward(batch, step)
        for name, loss in self.objective.discriminator_losses(made).items():
            row = self.objective.discriminator_rows[name]
            values[row.column] = loss.detach()
            (loss * share).backward()
            if last:
                norm = self._update(name, self.settings.clip_discriminators)
                if row.norm_column is not None:
                    values[row.norm_column] = norm
        loss = self.objective.losses(made, values)
        values["total"] = loss.detach()
        (loss * share).backward()
        return values

    # State: everything that a stopped run needs to go on as if it had not stopped.

    def state(self) -> dict[str, Any]:
        """All tensors and counters."""
        return {
            "stage": self.settings.stage,
            "voice": self.model.state_dict(),
            "discriminators": {
                name: discriminator.state_dict()
                for name, discriminator in self.discriminators.items()
            },
            "optimisers": {name: o.state_dict() for name, o in self.optimisers.items()},
            "ema": None
            if self.ema is None
            else {"values": self.ema.values, "updates": self.ema.updates},
            "bad_steps": self.bad_steps,
        }

    def restore(self, state: Mapping[str, Any]) -> bool:
        """Take over a state; answers whether optimisers went on, or began anew (another stage)."""
        self.model.load_state_dict(state["voice"])
        self.start_ema()
        for name, discriminator in self.discriminators.items():
            if name in state["discriminators"] and _alike(
                discriminator.state_dict(), state["discriminators"][name]
            ):
                discriminator.load_state_dict(state["discriminators"][name])
        if state["stage"] != self.settings.stage:
            return False
        try:
            for name, optimiser in self.optimisers.items():
                if name in state["optimisers"]:
                    optimiser.load_state_dict(state["optimisers"][name])
        except ValueError:
            return False  # other parts are frozen now
        kept = state["ema"]
        average = self.ema
        if average is not None and kept and kept["values"].keys() == average.values.keys():
            average.values = {n: value.to(self.device) for n, value in kept["values"].items()}
            average.updates = kept["updates"]
        self.bad_steps = state["bad_steps"]
        return True


def _alike(left: Mapping[str, Tensor], right: Mapping[str, Tensor]) -> bool:
    return left.keys() == right.keys() and all(left[k].shape == right[k].shape for k in left)
