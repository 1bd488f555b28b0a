"""Configurations of voices: one parser for each family of programs that write them.

A row of `CONFIGS` names a module with `recognise(raw) -> bool` and `parse(raw, where) ->
VoiceConfig`; where such voices are trained also `with_names(raw, speakers, styles) -> raw`, and
where files were published without one, `without_file(name of the weights) -> raw | None`. They
are asked in this order; the last one takes what nobody knows better, because its oldest files say
nothing of themselves.
"""

CONFIGS = {
    "transformers": "sbv2cli.voices.configs.transformers",
    "diff_tts": "sbv2cli.voices.configs.diff_tts",
    "grad_tts": "sbv2cli.voices.configs.grad_tts",
    "glow_tts": "sbv2cli.voices.configs.glow_tts",
    "coqui_glow_tts": "sbv2cli.voices.configs.coqui_glow_tts",
    "vits": "sbv2cli.voices.configs.vits",
    "sbv2": "sbv2cli.voices.configs.sbv2",
}

# The same for vocoders that have a folder of their own: `parse(raw, where) -> VocoderConfig`.
VOCODER_CONFIGS = {
    "own": "sbv2cli.voices.configs.vocoder",
    "coqui": "sbv2cli.voices.configs.coqui_hifigan",
    "hifigan": "sbv2cli.voices.configs.hifigan",
}

PUBLISHED = "published"
# How weight files name their tensors, where it is not as published: a function of the tensors.
TENSORS = {
    "transformers": "sbv2cli.models.vits.transformers_names:published",
}
