"""Networks: torch only; no files, no text, no device chosen here.

Shape suffixes of tensors: B line, C channel, P phone, F frame, S sample, T time of any unit,
H attention head, D channel of one head, G speaker channel.
"""

ARCHITECTURES = {
    "sbv2_jp_extra": "sbv2cli.models.sbv2_jp_extra.architecture:ARCHITECTURE",
    "sbv2_multilingual": "sbv2cli.models.sbv2_multilingual.architecture:ARCHITECTURE",
    "vits": "sbv2cli.models.vits.architecture:ARCHITECTURE",
}
