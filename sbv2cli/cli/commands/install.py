"""`sbv2 voices install`: a voice, or a BERT, from elsewhere onto this machine."""

from __future__ import annotations

from typing import Any

import click

from sbv2cli.cli import installs, voice_origins
from sbv2cli.cli.options.common import CommonOptions, common_options
from sbv2cli.cli.options.groups import GENERAL, Command, option, options, setting
from sbv2cli.cli.options.places import FOLDER
from sbv2cli.errors import EXIT_OK, UsageError
from sbv2cli.settings.folders import installed_voices

LANGUAGES = ("ja", "en", "zh")
# Options that mean nothing to a BERT.
_OF_VOICES = {
    "only": "--only",
    "every": "--all",
    "weights": "--weights",
    "name": "--name",
    "folder": "--to",
}


@click.command(cls=Command, short_help="Install voices, and the BERT that they need.")
@click.argument("source", required=False)
@options(
    "Which voice",
    option("--only", multiple=True, metavar="NAME", help="This voice of several. Repeatable."),
    option("--all", "every", is_flag=True, help="All voices of the source."),
    option("--weights", metavar="FILE", help="This weight file of several, not the latest."),
    setting("backend", help="What shall run it, where a voice comes in several forms."),
)
@options(
    "Where to",
    option("--name", metavar="NAME", help="What the voice is called here."),
    option(
        "--to",
        "folder",
        type=FOLDER,
        metavar="DIR",
        help="Folder of voices.  [default: voices/ of your data folder]",
    ),
)
@options(
    "BERT",
    option(
        "--bert",
        "berts",
        type=click.Choice(LANGUAGES),
        multiple=True,
        help="The BERT of a language, to where sbv2 looks for it. Repeatable.",
    ),
)
@options(
    GENERAL,
    option("-y", "--yes", is_flag=True, help="Ask nothing; for scripts."),
    option("-n", "--dry-run", is_flag=True, help="Show what there is; fetch and write nothing."),
)
@common_options
def install(common: CommonOptions, **said: Any) -> int:
    """Install a voice, or the BERT that voices need.

    \b
    Examples:
      sbv2 voices install owner/voice
      sbv2 voices install owner/voices@v1.0:amitaro --bert ja
      sbv2 voices install https://example.com/amitaro.aivmx --yes
      sbv2 voices install voices.zip --only amitaro --only hana

    SOURCE is a repository of the Hugging Face Hub (owner/name, with @REVISION and :FOLDER), an
    https:// address, or an .aivm, .aivmx or .zip file or a folder of this machine. Sizes, speakers,
    styles and licence are shown before anything is fetched. Only the files that speaking needs are
    fetched, each is checked against its SHA-256, and an interrupted download goes on where it
    stopped. HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE and HTTPS_PROXY are honoured.
    """
    configuration = common.configuration(flags={"backend": said["backend"]})
    running = installs.backend(configuration)
    if not said["source"] and not said["berts"]:
        raise UsageError(
            "install.nothing",
            "neither a source nor --bert is given",
            hint="sbv2 voices install owner/name, or sbv2 voices install --bert ja",
        )
    for name, option_name in _OF_VOICES.items():
        if said[name] and not said["source"]:
            raise UsageError(
                "install.nothing",
                f"{option_name} is of voices, and no source of a voice is given",
                hint="a BERT goes to where sbv2 looks for it; leave the option out",
            )
    installed: dict[str, Any] = {"voices": [], "berts": []}
    if said["source"]:
        installed |= _voices(common, said, running)
    for language in said["berts"]:
        made = installs.bring_bert(
            common.console, language, running, yes=said["yes"], dry_run=said["dry_run"]
        )
        installed["berts"].append(made)
    common.console.result(installed)
    return EXIT_OK


def _voices(common: CommonOptions, said: dict[str, Any], running: str) -> dict[str, Any]:
    from sbv2cli.installing import offer
    from sbv2cli.installing.origins import open_origin
    from sbv2cli.installing.source import parse
    from sbv2cli.installing.voice import installation
    from sbv2cli.voices.bundle import open_bundle

    console = common.console
    origin = open_origin(parse(said["source"]))
    every = offer.offers(origin, backend=running, weights=said["weights"])
    chosen = offer.described(origin, offer.matching(every, said["only"]))
    installs.show_offers(console, chosen, origin.listing)
    if said["dry_run"]:
        return {"voices": [installs.offer_facts(one) for one in chosen]}
    offer.refuse(chosen, several=said["every"] or bool(said["only"]))
    if said["name"] is not None:
        if len(chosen) > 1:
            raise UsageError(
                "install.name",
                f"one name is given for {len(chosen)} voices",
                hint="install them one by one, with --only and --name",
            )
        chosen = [offer.renamed(chosen[0], said["name"])]
    folder = said["folder"] or installed_voices()
    installs.recovered(common, folder)
    named = said["weights"]
    wanted = [installation(origin, one, folder, weights=named) for one in chosen]
    new = installs.bring(console, wanted, yes=said["yes"])
    targets = {one.target: open_bundle(one.target) for one in wanted}
    missing = list(
        dict.fromkeys(
            language
            for opened in targets.values()
            for language, place in voice_origins.berts(opened, running)
            if place is None and language not in said["berts"]
        )
    )
    installs.offer_berts(console, missing, running)
    voices = [
        {**installs.facts(target, opened), "installed": target in new}
        for target, opened in targets.items()
    ]
    return {"voices": voices, "missing_berts": missing}
