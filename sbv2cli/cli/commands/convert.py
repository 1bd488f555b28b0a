"""`sbv2 voices convert`: a voice or a BERT as a file for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sbv2cli.cli import jobs
from sbv2cli.cli.aivm_options import aivm_options
from sbv2cli.cli.options.common import CommonOptions, common_options
from sbv2cli.cli.options.groups import Command, argument, option, options
from sbv2cli.errors import EXIT_OK, UsageError
from sbv2cli.export import BERT_FORMATS, FORMATS
from sbv2cli.export.options import SIGNATURES, Options

if TYPE_CHECKING:
    from sbv2cli.export.options import AivmMetadata, Report


@click.command(cls=Command, short_help="Convert voices and BERT for other programs.")
@argument("voice", required=False)
@options(
    "Conversion options",
    option(
        "--bert",
        "model",
        type=click.Path(path_type=Path),
        metavar="FOLDER",
        help="Convert this BERT instead of a voice.",
    ),
    option(
        "--to",
        "target",
        type=click.Choice(list(FORMATS)),
        required=True,
        help="Target format.",
    ),
    option(
        "-o",
        "--output",
        type=click.Path(path_type=Path),
        required=True,
        metavar="PATH",
        help="Output folder or file.",
    ),
)
@options(
    "ONNX options",
    option(
        "--signature",
        type=click.Choice(SIGNATURES),
        default="both",
        show_default=True,
        help="Graphs for other programs, for sbv2, or both.",
    ),
    option("--quantize", is_flag=True, help="8-bit weights, except in the duration predictors."),
)
@aivm_options
@options("Conversion options", option("--force", is_flag=True, help="Replace existing output."))
@common_options
def convert(
    common: CommonOptions,
    *,
    voice: str | None,
    model: Path | None,
    target: str,
    output: Path,
    signature: str,
    quantize: bool,
    metadata: AivmMetadata,
    force: bool,
) -> int:
    """Convert a voice or a BERT for other programs.

    The command compares the result with the network before it writes it, and writes nothing if they
    differ by more than rounding.

    \b
    Examples:
      sbv2 voices convert amitaro --to onnx -o amitaro-onnx
      sbv2 voices convert amitaro --to aivmx -o amitaro.aivmx --license LICENSE.txt
      sbv2 voices convert amitaro.aivm --to folder -o amitaro
      sbv2 voices convert sbv2-f01 --to vocoder -o my-grad-tts/vocoder
      sbv2 voices convert --bert deberta-v2-large-japanese-char-wwm --to onnx -o bert-onnx
    """
    from sbv2cli import tables

    options = Options(force=force, signature=signature, quantize=quantize, metadata=metadata)
    if (voice is None) == (model is None):
        raise UsageError(
            "export.what",
            "name either a voice or, with --bert, the folder of a BERT",
            hint="sbv2 voices convert VOICE --to onnx -o DIR",
        )
    if model is not None:
        converter = tables.resolve(BERT_FORMATS, target, kind="format")
        report = converter(model, output, options)
    else:
        assert voice is not None
        converter = tables.resolve(FORMATS, target, kind="format")
        report = converter(jobs.open_voice(common, voice), output, options)
    _tell(common, report)
    return EXIT_OK


def _tell(common: CommonOptions, report: Report) -> None:
    console = common.console
    for warning in report.warnings:
        console.warning(warning)
    if console.mode.json:
        console.result(
            {
                "warnings": list(report.warnings),
                "files": [
                    {"path": str(path), "bytes": path.stat().st_size} for path in report.files
                ],
                "worst": dict(report.worst),
                **report.facts,
            }
        )
        return
    for name, difference in report.worst.items():
        console.info(f"{name}: differs from the network by {difference:.1e} at most")
    for path in report.files:
        console.done(f"{path} ({path.stat().st_size / 1e6:.1f} MB)")
