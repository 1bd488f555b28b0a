"""`sbv2 proof`: a page to listen to rendered lines, to see what is odd, and to correct it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sbv2cli.cli.options.common import CommonOptions, common_options
from sbv2cli.cli.options.groups import Command, option, options
from sbv2cli.cli.options.places import WRITTEN
from sbv2cli.errors import EXIT_OK

if TYPE_CHECKING:
    from sbv2cli.proof.gather import Folder
    from sbv2cli.proof.line import ProofFinding


@click.command(cls=Command, short_help="Write a page to listen, check and correct.")
@click.argument("folder", metavar="OUT", type=click.Path(path_type=Path))
@options(
    "Page options",
    option(
        "-o",
        "--output",
        type=WRITTEN,
        metavar="FILE",
        help="The page.  [default: proof.html in OUT]",
    ),
    option(
        "--embed",
        is_flag=True,
        help="Put the sounds into the page: one file, to be sent to a colleague.",
    ),
    option(
        "--listen",
        is_flag=True,
        help="Let a recogniser write down what it hears, and mark lines that it hears otherwise"
        " (extra judge; a second or more for each line, once).",
    ),
)
@common_options
def proof(
    common: CommonOptions, *, folder: Path, output: Path | None, embed: bool, listen: bool
) -> int:
    """Write a page to listen to rendered lines, the most suspicious first, and to correct them.

    \b
    Examples:
      sbv2 proof out
      sbv2 proof out --embed -o for-review.html
      sbv2 proof out --listen

    OUT is the output folder of sbv2 render. The page opens in any browser, without a server and
    without a network: each line with its reading and accent, waveform and pitch. It exports
    corrections and words for the dictionary.
    """
    from sbv2cli.proof import page
    from sbv2cli.proof.gather import finished_folder, gather

    found = finished_folder(folder)
    file = output or found.path / page.NAME
    page.check_page(file)
    if embed:
        page.check_size(found)
    heard = _heard(common, found) if listen else {}
    with common.console.progress(total=found.steps, what="sounds and texts") as progress:
        gathered = gather(found, progress.advance, heard=heard)
    files = page.write_page(gathered, file, embed=embed)
    lines = gathered.lines
    outliers = sum(any(take.outliers for take in line.takes) for line in lines)
    findings = sum(any(one.severity != "note" for one in line.findings) for line in lines)
    common.console.result(
        {
            "page": str(file),
            "files": [str(one) for one in files],
            "lines": len(lines),
            "findings": findings,
            "outliers": outliers,
        }
    )
    common.console.done(f"{file}: {len(lines)} lines, {findings} with findings, {outliers} unusual")
    return EXIT_OK


def _heard(common: CommonOptions, folder: Folder) -> Mapping[str, tuple[ProofFinding, ...]]:
    from sbv2cli.proof.listen.listen import listen, listening

    asked = listening(folder.path, folder.rows)
    with common.console.progress(total=len(asked.unheard), what="sounds heard") as progress:
        return listen(asked, progress.advance)
