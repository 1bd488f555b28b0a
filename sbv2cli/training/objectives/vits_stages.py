"""Which parameters learn: by stage, and by what a person wants kept as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

    from sbv2cli.training.fit_settings import FitSettings
    from sbv2cli.training.objectives.objective import TrainingModel

# Stage -> parts that learn. The speaker table serves all parts, so it moves only where the
# decoder that hears it moves too.
STAGES: Mapping[str, tuple[str, ...]] = {
    "joint": (
        "synthesizer.",
        "vocoder.",
        "posterior.",
        "duration_posterior.",
    ),
    "vocoder": ("vocoder.", "synthesizer.speakers.", "posterior."),
    "text": (
        "synthesizer.text_encoder.",
        "synthesizer.flow.",
        "synthesizer.durations.",
        "synthesizer.stochastic_durations.",
        "duration_posterior.",
    ),
    "prior": ("vocoder.",),
    "speech": ("synthesizer.", "vocoder.", "duration_posterior."),
}

_BERT = "synthesizer.text_encoder.bert"


def choose_parts(
    model: TrainingModel, settings: FitSettings, slots: Mapping[str, int], *, with_bert: bool
) -> list[nn.Parameter]:
    """Mark what learns, and return it."""
    frozen = [
        prefix
        for held, prefix in (
            (settings.freeze_JP_bert and "ja" in slots, f"{_BERT}.{slots.get('ja')}."),
            (settings.freeze_EN_bert and "en" in slots, f"{_BERT}.{slots.get('en')}."),
            (settings.freeze_ZH_bert and "zh" in slots, f"{_BERT}.{slots.get('zh')}."),
            (settings.freeze_style, "synthesizer.text_encoder.style."),
            (settings.freeze_decoder, "vocoder."),
            (settings.freeze_text, "synthesizer.text_encoder."),
            (settings.freeze_posterior, "posterior."),
            # Halves that are learned apart shall hear the same speakers when they meet.
            (
                settings.posterior == "mel" and settings.stage == "vocoder",
                "synthesizer.speakers.",
            ),
        )
        if held
    ]
    learning = STAGES[settings.stage]
    for name, parameter in model.named_parameters():
        learns = name.startswith(learning) and not name.startswith(tuple(frozen))
        # Features that are always zero would leave these weights without a gradient.
        if not with_bert and name.startswith(_BERT) and name.endswith("weight"):
            learns = False
        parameter.requires_grad_(learns)
    return [parameter for parameter in model.parameters() if parameter.requires_grad]
