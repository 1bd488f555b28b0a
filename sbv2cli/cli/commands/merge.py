"""`sbv2 voices merge`: mix two or three voices into a new one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sbv2cli.cli import jobs
from sbv2cli.cli.options.common import CommonOptions, common_options
from sbv2cli.cli.options.groups import Command, argument, option
from sbv2cli.errors import EXIT_OK, UsageError, did_you_mean

if TYPE_CHECKING:
    from sbv2cli.mixing.merge import Blend

METHODS = ("usual", "slerp", "add-diff", "add-null", "weighted-sum")
PARTS = ("voice", "pitch", "style", "tempo")


@click.command(cls=Command, short_help="Mix two or three voices into a new one.")
@argument("names", nargs=-1, required=True, metavar="A B [C]")
@option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    metavar="DIR",
    help="Output folder; its name becomes the name of the voice.",
)
@option(
    "--method",
    type=click.Choice(METHODS),
    default="usual",
    show_default=True,
    help="Mixing method.",
)
@option(
    "--weights",
    default="0.5",
    show_default=True,
    metavar="WEIGHTS",
    help="One number, or voice=…,pitch=…,style=…,tempo=… (0 if not given);"
    " weighted-sum: one number per voice.",
)
@option(
    "--style",
    "styles",
    multiple=True,
    metavar="A,B=NEW",
    help="New style from one of each voice. Repeatable.  [default: common styles]",
)
@common_options
def merge(
    common: CommonOptions,
    *,
    names: tuple[str, ...],
    output: Path,
    method: str,
    weights: str,
    styles: tuple[str, ...],
) -> int:
    """Mix two or three voices of one architecture and size into a new one.

    --weights gives the share of the other voice in each part: voice is the timbre, pitch the
    melody, style the speaking style, tempo the rhythm. 0 is A, 1 is B.

    \b
      usual         (1 - t) A + t B
      slerp         the same along an arc
      add-diff      A + t (B - C)
      add-null      A + t B, where B is a null model
      weighted-sum  a A + b B + c C

    \b
    Examples:
      sbv2 voices merge amitaro hana -o voices/amihana
      sbv2 voices merge amitaro hana -o voices/amihana --weights voice=1,pitch=0.3
      sbv2 voices merge amitaro hana -o voices/amihana --style Happy,Joy=Happy --style Sad,Blue=Sad
    """
    from sbv2cli.mixing.merge_voices import merge_voices

    blend = _blend(method, weights)
    if len(names) != blend.sources:
        raise UsageError(
            "merge.voices",
            f'the method "{method}" mixes {blend.sources} voices, {len(names)} are given',
            hint="sbv2 voices merge --help",
        )
    chosen = [_style(style, len(names)) for style in styles] if styles else None
    voices = [jobs.open_voice(common, name) for name in names]
    written = merge_voices(voices, output, blend=blend, styles=chosen)
    console = common.console
    console.result({"path": str(output), "weights": written.name})
    if not console.mode.json:
        console.done(f"{output} ({written.stat().st_size / 1e6:.1f} MB)")
    return EXIT_OK


def _blend(method: str, weights: str) -> Blend:
    from sbv2cli.mixing.merge import Blend, Parts

    if method == "weighted-sum":
        numbers = tuple(_number(piece, weights) for piece in weights.split(","))
        if len(numbers) != 3:
            raise _weights(weights, "weighted-sum takes three numbers, one for each voice")
        return Blend(method="weighted_sum", coefficients=numbers)
    if "=" not in weights:
        parts = dict.fromkeys(PARTS, _number(weights, weights))
    else:
        parts = dict.fromkeys(PARTS, 0.0)
        for piece in weights.split(","):
            name, _, number = piece.partition("=")
            if name.strip() not in PARTS:
                raise UsageError(
                    "merge.weights",
                    f'"{name.strip()}" is no part of a voice',
                    hint=did_you_mean(name.strip(), PARTS),
                )
            parts[name.strip()] = _number(number, weights)
    how = {"usual": "usual", "slerp": "slerp", "add-diff": "add_diff", "add-null": "add_null"}
    return Blend(method=how[method], parts=Parts(**parts))  # type: ignore[arg-type]


def _number(text: str, weights: str) -> float:
    import math

    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise _weights(weights, f'"{text.strip()}" is no number')
    return number


def _weights(weights: str, why: str) -> UsageError:
    return UsageError(
        "merge.weights",
        f'--weights "{weights}" cannot be understood: {why}',
        hint="--weights 0.5, or --weights voice=1,pitch=0.3",
    )


def _style(text: str, voices: int) -> tuple[str, ...]:
    """`Happy,Joy=Happy` as the names in each voice and the new one; one name stands for all."""
    sources, equals, new = text.rpartition("=")
    names = [name.strip() for name in (sources if equals else text).split(",")]
    if len(names) == 1:
        names *= voices
    elif not equals:
        names = []
    if len(names) != voices or not all(names) or not new.strip():
        raise UsageError(
            "merge.style-recipe",
            f'--style "{text}" names no style of each of {voices} voices and a new one',
            hint="--style Happy,Joy=Happy" if voices == 2 else "--style Happy,Joy,Glad=Happy",
        )
    return (*names, new.strip())
