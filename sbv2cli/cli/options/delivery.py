"""How lines are spoken: voice, style and prosody, for `render` and `say`."""

from __future__ import annotations

from sbv2cli.cli.options.groups import Body, option, options, setting
from sbv2cli.cli.options.places import READ
from sbv2cli.settings.keys import KEYS


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
        setting("steps"),
        setting("temperature"),
        setting("seed"),
        setting("assist_text"),
        setting("assist_weight"),
        setting("bert_scale"),
    )(function)


def take_option(function: Body) -> Body:
    """The take of what is said."""
    return options("Voice and prosody options", setting("take"))(function)


def takes_options(function: Body) -> Body:
    """One take of each line, or several to choose from."""
    return options(
        "Take options",
        option(
            "--take",
            metavar="N|N..M|N,M",
            help=f"{KEYS['take'].help[:-1]}. 1..3 makes three files of each line.  [default: 1]",
        ),
        option(
            "--choose",
            type=READ,
            metavar="FILE",
            help="Table or JSON lines of id and take: the chosen take gets the line's plain name.",
        ),
    )(function)
