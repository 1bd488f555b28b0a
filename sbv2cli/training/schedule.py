"""How fast to learn, as a function of where a run is; so a resumed run needs nothing stored."""

from __future__ import annotations

import math

from sbv2cli.training.fit_settings import FitSettings


def rate_factor(settings: FitSettings, step: int, epoch: int, steps: int) -> float:
    """Share of the learning rate at a step of a stage that lasts `steps` in all."""
    if settings.schedule == "noam":
        return noam(step, settings.warmup_steps)
    factor = min(1.0, (step + 1) / settings.warmup_steps) if settings.warmup_steps else 1.0
    if settings.schedule == "cosine":
        begin = min(settings.warmup_steps, steps)
        done = min(1.0, max(0.0, (step - begin) / max(1, steps - begin)))
        low = settings.final_lr_ratio
        return factor * (low + (1 - low) * 0.5 * (1 + math.cos(math.pi * done)))
    if epoch < settings.warmup_epochs:
        return factor * epoch / settings.warmup_epochs
    return float(factor * settings.lr_decay ** (epoch - settings.warmup_epochs))


def noam(step: int, warmup_steps: int) -> float:
    """A linear rise, then a fall with the root of steps (Vaswani and others 2017, section 5.3)."""
    rise = max(1, warmup_steps)
    return min((step + 1) / rise, math.sqrt(rise / (step + 1)))
