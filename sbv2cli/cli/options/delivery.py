"""How lines are spoken: voice, style and prosody, for `render` and `say`."""

from __future__ import annotations

from sbv2cli.cli.options.groups import Body, option, options, setting


def delivery_options(function: Body) -> Body:
    """Voice, style and prosody.

    Every value arrives as written; `CommonOptions.configuration(flags=...)` parses it.
    """
    return options(
        "Voice and prosody options",
        setting("voice"),
        setting("speaker"),
        setting("style"),
        setting("style_weight"),
        setting("speed"),
        option("--length-scale", metavar="X", help="The inverse of --speed."),
        setting("pitch"),
        setting("intonation"),
        setting("volume"),
        option(
            "--pause",
            multiple=True,
            metavar="LEVEL=TIME,...",
            help="Pauses: comma, sentence, paragraph, scene or chapter: --pause sentence=350ms.",
        ),
        setting("sdp_ratio"),
        setting("noise"),
        setting("noise_w"),
        setting("seed"),
        setting("take"),
        setting("assist_text"),
        setting("assist_weight"),
        setting("bert_scale"),
    )(function)
