"""Networks: torch only; no files, no text, no device chosen here.

Shape suffixes of tensors: B line, C channel, P phone, F frame, S sample, T time of any unit,
H attention head, D channel of one head, G speaker channel, N noise channel, K what is spread from
phones over frames.
"""

ARCHITECTURES = {
    "diff_tts": "sbv2cli.models.diff_tts.architecture:ARCHITECTURE",
    "grad_tts": "sbv2cli.models.grad_tts.architecture:ARCHITECTURE",
    "sbv2_jp_extra": "sbv2cli.models.sbv2_jp_extra.architecture:ARCHITECTURE",
    "sbv2_multilingual": "sbv2cli.models.sbv2_multilingual.architecture:ARCHITECTURE",
    "vits": "sbv2cli.models.vits.architecture:ARCHITECTURE",
    "glow_tts": "sbv2cli.models.glow_tts.architecture:ARCHITECTURE",
}
"""Acoustic models; a row names an `Architecture`."""

VOCODERS = {
    "hifigan": "sbv2cli.models.vocoder.hifigan.vocoder:VOCODER",
    "source_filter": "sbv2cli.models.vocoder.source_filter.vocoder:VOCODER",
}
"""Vocoders by the `kind` that a configuration gives; a row names a `VocoderKind`."""

PUBLISHED_VOCODER = "hifigan"
"""The kind of a voice whose configuration gives none: the published layout."""
