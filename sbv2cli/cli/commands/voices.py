"""`sbv2 voices`: list, show and verify voices; the other commands have modules of their own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sbv2cli.cli import jobs, manifests, voice_origins
from sbv2cli.cli.commands.convert import convert
from sbv2cli.cli.commands.install import install
from sbv2cli.cli.commands.installed import remove, update
from sbv2cli.cli.commands.merge import merge
from sbv2cli.cli.console import Word
from sbv2cli.cli.options.common import CommonOptions, common_options
from sbv2cli.cli.options.groups import Command, argument
from sbv2cli.cli.options.machine import machine_options
from sbv2cli.errors import EXIT_ENVIRONMENT, EXIT_OK, Sbv2Error, UsageError

if TYPE_CHECKING:
    from sbv2cli.pipeline.verify_voice import Check
    from sbv2cli.settings.config import Configuration
    from sbv2cli.voices.bundle import Bundle
    from sbv2cli.voices.configs.diffusion import Diffusion
    from sbv2cli.voices.configs.voice_config import VoiceConfig


_IN_WORDS = frozenset({"text", "language_model"})  # facts whose value is a message

# What `show` says of voices that read no text here, and `list` marks.
ALONE = "symbols or ids alone"


@click.group(short_help="Install, list, show, verify, convert and merge voices.")
def voices() -> None:
    """Install, list, show, verify, convert and merge voices.

    \b
    Examples:
      sbv2 voices install owner/voice
      sbv2 voices list
      sbv2 voices show amitaro
      sbv2 voices verify amitaro

    sbv2 looks for a name in the folders of `voices_path` (sbv2.toml), in ./voices, in the voices
    folder of your settings, and in that of your data, where `install` puts them. A path needs no
    search.
    """


voices.add_command(install)
voices.add_command(remove)
voices.add_command(update)
voices.add_command(convert)
voices.add_command(merge)


@voices.command("list", cls=Command, short_help="List all voices.")
@common_options
def list_voices(common: CommonOptions) -> int:
    """List all voices, one per row.

    \b
    Examples:
      sbv2 voices list
      sbv2 voices list -v
      sbv2 voices list --json | jq -r '.voices[].name'

    With -v also size, licence, where the voice was installed from, and whether the BERT that it
    needs is there.
    """
    from sbv2cli.voices import search_path
    from sbv2cli.voices.bundle import open_bundle

    configuration = common.configuration()
    places = jobs.voice_folders(configuration)
    facts: list[dict[str, Any]] = []
    for name, path in search_path.voices_in(places):
        try:
            opened = open_bundle(path)
            facts.append({"name": name, **_facts(opened), **voice_origins.facts(opened)})
        except Sbv2Error as error:
            facts.append({"name": name, "path": str(path), "error": error.message})
    console = common.console
    if console.mode.json:
        console.result({"voices": facts})
        return EXIT_OK
    more = voice_origins.COLUMNS if console.mode.verbosity > 0 else ()
    console.table(
        ("name", "languages", "speakers", "styles", "rate", *more, "path"),
        [_row(fact, len(more)) for fact in facts],
    )
    if not facts:
        looked = ", ".join(str(place) for place in places)
        console.note(f"no voices found; looked in {looked}")
    return EXIT_OK


@voices.command(cls=Command, short_help="Show speakers, styles, languages, rate and licence.")
@argument("voice")
@click.option(
    "--extract-media",
    "media",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write the icons and recordings of an AIVM file into a folder.",
)
@common_options
def show(common: CommonOptions, *, voice: str, media: Path | None) -> int:
    """Show speakers, styles, languages, rate and licence of a voice without loading it.

    A style's distance from the mean tells how far it leaves the voice's everyday tone at weight 1.
    Of an AIVM or AIVMX file also who made it, under which licence, and what it shows of itself.

    \b
    Examples:
      sbv2 voices show voices/amitaro
      sbv2 voices show amitaro.aivmx --json | jq -r .voice.aivm.licence
      sbv2 voices show amitaro.aivmx --extract-media pictures
    """
    from sbv2cli.voices import files, not_weights
    from sbv2cli.voices.aivm import container

    opened = jobs.open_voice(common, voice)
    for part in files.all_of(opened.parts):
        not_weights.refuse(part)
    facts = {**_facts(opened), "sha256": opened.fingerprint()}
    distances = _distances(opened)
    manifest = container.manifest_of(opened.weights)
    console = common.console
    extracted: list[Path] = []
    if media is not None:
        if manifest is None:
            raise UsageError(
                "voice.no-media",
                "the voice has no manifest, and so neither icons nor recordings",
                at=str(opened.path),
                hint="leave out --extract-media",
            )
        extracted = manifests.extract_media(manifest, media)
    if console.mode.json:
        shown = {**facts, "style_distances": distances}
        if manifest is not None:
            shown["aivm"] = manifests.facts(manifest)
        if media is not None:
            shown["extracted"] = [str(path) for path in extracted]
        console.result({"voice": shown})
        return EXIT_OK
    if manifest is not None:
        console.table(("", ""), manifests.rows(manifest), title=f"{manifest.name} (AIVM)")
    rows = [
        (Word(key), Word(value) if key in _IN_WORDS else _text(value))
        for key, value in facts.items()
        if key != "styles"
    ]
    console.table(("", ""), rows, title=opened.name)
    console.table(
        ("style", "number", "distance"),
        [(name, str(row), f"{distances[name]:.3f}") for name, row in opened.config.styles.items()],
    )
    for path in extracted:
        console.done(str(path))
    return EXIT_OK


@voices.command(cls=Command, short_help="Check files and BERT, and speak a sentence.")
@argument("names", nargs=-1, required=True, metavar="VOICE...")
@click.option(
    "--load/--no-load",
    default=True,
    help="Load the weights and synthesise a sentence.  [default: load]",
)
@click.option(
    "--language",
    "languages",
    multiple=True,
    metavar="CODE",
    help="Check this language of the voice; repeatable.  [default: all of them]",
)
@machine_options
@common_options
def verify(
    common: CommonOptions,
    *,
    names: tuple[str, ...],
    load: bool,
    languages: tuple[str, ...],
    **flags: Any,
) -> int:
    """Check each voice's files and BERT, and synthesise a sentence with both.

    \b
    Examples:
      sbv2 voices verify amitaro ./my-voice
      sbv2 voices verify multilingual --language ja
      sbv2 voices verify amitaro --json | jq '.voices[].checks[] | select(.ok | not)'

    Files of an installed voice are held against the SHA-256 that was noted then. The
    BERT of each language must be there and as wide as the voice hears. One failed check makes the
    status 4.
    """
    configuration = common.configuration(flags=flags)
    results = [_verified(common, name, configuration, languages, speak=load) for name in names]
    status = EXIT_OK if all(result["ok"] for result in results) else EXIT_ENVIRONMENT
    common.console.result({"voices": results}, status=status)
    return status


def _verified(
    common: CommonOptions,
    name: str,
    configuration: Configuration,
    languages: Sequence[str],
    *,
    speak: bool,
) -> dict[str, Any]:
    """What is found out about one voice; also said."""
    from sbv2cli.pipeline.verify_voice import Check, verify

    console = common.console
    try:
        opened = jobs.open_voice(common, name, configuration["backend"])
        machine = jobs.machine(configuration)
        with console.progress(what="checks") as progress:
            progress.stage(f"{name}: reading the files")
            facts = {"name": name, **_facts(opened), "sha256": opened.fingerprint()}
            found = verify(
                opened,
                machine,
                languages=languages,
                speak=speak,
                begun=lambda what: progress.stage(f"{name}: {what}"),
            )
    except Sbv2Error as error:
        console.error(error)
        return {"name": name, "ok": False, "code": error.code, "error": error.message}
    checks = list(found.checks)
    try:
        manifest = manifests.check(opened)
        if manifest is not None:
            facts["aivm"] = {"uuid": manifest.uuid, "version": manifest.version}
            checks.append(Check(name="manifest", found=f"AIVM, {manifest.name}"))
    except Sbv2Error as error:
        checks.append(Check(name="manifest", error=error))
    wrong = [check.error for check in checks if check.error is not None]
    for check in checks:
        if check.error is None:
            console.note(f"{name}: {check.name}: {check.found}")
        else:
            console.error(check.error)
    if wrong:
        facts |= {"code": wrong[0].code, "error": wrong[0].message}
        console.note(f"{name}: {len(wrong)} of {len(checks)} checks failed")
    else:
        console.done(f"{name}: good, sha256 {facts['sha256'][:12]}…")
    if found.peak_db is not None:
        facts["peak_db"] = found.peak_db
    return {**facts, "ok": not wrong, "checks": [_check_json(check) for check in checks]}


def _check_json(check: Check) -> dict[str, Any]:
    row: dict[str, Any] = {"check": check.name, "ok": check.ok}
    if check.error is None:
        return {**row, "found": check.found}
    error = check.error
    return {**row, "code": error.code, "error": error.message, "at": error.at, "hint": error.hint}


def _facts(opened: Bundle) -> dict[str, Any]:
    config = opened.config
    return {
        "path": str(opened.path),
        "weights": opened.weights.name,
        "backend": opened.backend,
        "architecture": config.architecture,
        "version": config.version,
        "languages": list(config.languages),
        "speakers": list(config.speakers),
        "styles": list(config.styles),
        "rate": config.rate,
        "licence": config.licence,
        "text": _text_of(config),
        "language_model": "needed" if config.needs_bert else "none",
        **({} if config.vocoder is None else {"vocoder": config.vocoder.kind}),
        **({} if config.diffusion is None else _diffusion(config.diffusion)),
    }


def _diffusion(own: Diffusion) -> dict[str, Any]:
    facts: dict[str, Any] = {"steps": own.steps, "temperature": own.temperature}
    return {**facts, "possible_steps": list(own.possible)} if own.possible else facts


def _text_of(config: VoiceConfig) -> str:
    """How text becomes what the voice says, and whether it can here."""
    from sbv2cli.languages import espeak

    rules = config.text_rules
    if rules is None:
        known = config.symbols is None or config.symbols.spelling is not None
        return "read" if config.has_styles or (config.symbols and known) else ALONE
    if rules.espeak is None:
        return "Latin letters" if rules.romanised else "letters"
    missing = "" if espeak.is_installed() else f", which is not installed: {ALONE}"
    return f"espeak-ng {rules.espeak}{missing}"


def _distances(opened: Bundle) -> dict[str, float]:
    """How far each style's vector is from the mean, as a share of the mean's own length."""
    import numpy as np

    vectors = opened.style_vectors
    length = float(np.linalg.norm(vectors[0])) or 1.0
    return {
        name: round(float(np.linalg.norm(vectors[row] - vectors[0])) / length, 6)
        for name, row in opened.config.styles.items()
    }


def _row(fact: dict[str, Any], more: int) -> Sequence[str]:
    if "error" in fact:
        broken = Word("broken")
        return (fact["name"], broken, "", "", "", *[""] * more, Word(fact["error"]))
    return (
        fact["name"],
        # Not every voice can read text here.
        _text(fact["languages"]) + (" (by symbols)" if fact["text"].endswith(ALONE) else ""),
        str(len(fact["speakers"])),
        str(len(fact["styles"])),
        str(fact["rate"]),
        *voice_origins.row(fact)[:more],
        str(Path(fact["path"])),
    )


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return Word("unknown") if value is None else str(value)
