"""The recipe of plain VITS."""

from __future__ import annotations

import copy
from typing import Any

from sbv2cli.training.recipes.sbv2 import jp_extra
from sbv2cli.voices.configs import vits as vits_config
from sbv2cli.voices.phonologies.symbol_table import PUBLISHED


def vits() -> dict[str, Any]:
    """Plain VITS of 2021 as it was published for one speaker: no BERT, no styles.

    The symbols and their cleaner are those of the Japanese voices that others trained, so that
    their tools can speak with what is learned here.
    """
    recipe = jp_extra()
    del recipe["version"]
    recipe["data"] |= {
        "text_cleaners": ["japanese_cleaners2"],
        **{key: value for key, value in vits_config.DATA_DEFAULTS.items() if key != "n_speakers"},
    }
    recipe["symbols"] = list(PUBLISHED["japanese_cleaners2"])
    recipe["model"] = {
        **{
            key: copy.deepcopy(value)
            for key, value in vits_config.NETWORK_DEFAULTS.items()
            if key not in ("use_transformer_flow", "use_spk_conditioned_encoder")
        },
        "n_layers_q": 3,
        "use_spectral_norm": False,
    }
    recipe["train"] |= {
        "learning_rate": 2e-4,
        "lr_decay": 0.999875,
        "batch_size": 16,
        "segment_size": 8192,
    }
    return recipe
