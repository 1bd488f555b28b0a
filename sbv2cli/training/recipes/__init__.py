"""Configurations to begin with: how large a network is and how it learns.

A row names a function without arguments; it answers the content of a `config.json` without names,
which `prepare` fills in and `fit` reads. Keys are the published ones; those that only we know stand
beside them and are ignored elsewhere.
"""

RECIPES = {
    "jp-extra": "sbv2cli.training.recipes.sbv2:jp_extra",
    "multilingual": "sbv2cli.training.recipes.sbv2:multilingual",
    "small": "sbv2cli.training.recipes.sbv2:small",
    "tiny": "sbv2cli.training.recipes.sbv2:tiny",
    "glow_tts": "sbv2cli.training.recipes.mel:glow_tts",
    "grad_tts": "sbv2cli.training.recipes.mel:grad_tts",
    "diff_tts": "sbv2cli.training.recipes.mel:diff_tts",
    "glow_tts-small": "sbv2cli.training.recipes.mel:glow_tts_small",
    "grad_tts-small": "sbv2cli.training.recipes.mel:grad_tts_small",
    "diff_tts-small": "sbv2cli.training.recipes.mel:diff_tts_small",
    "hifigan": "sbv2cli.training.recipes.hifigan:hifigan",
    "vits": "sbv2cli.training.recipes.vits:vits",
}

DEFAULT = "jp-extra"
"""Where none is asked for; what the configuration of a base voice leaves open is as there, too."""
