"""What `sbv2 voices install`, `remove` and `update` show and ask before and after they act."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sbv2cli.cli import jobs
from sbv2cli.cli.console import counted
from sbv2cli.cli.transfer import Transfer, shown
from sbv2cli.cli.voice_origins import COMMIT, licence_line
from sbv2cli.errors import CancelledError, Sbv2Error, UsageError

if TYPE_CHECKING:
    from sbv2cli.cli.console import Console
    from sbv2cli.cli.options.common import CommonOptions
    from sbv2cli.installing.install import Installation
    from sbv2cli.installing.offer import Offer
    from sbv2cli.installing.origins.origin import Listing
    from sbv2cli.settings.config import Configuration
    from sbv2cli.voices.bundle import Bundle

_NAMES_SHOWN = 8


def backend(configuration: Configuration) -> str:
    """What will run the weights, where several kinds are offered."""
    chosen = str(configuration["backend"])
    if chosen != "auto":
        return chosen
    return "onnx" if find_spec("torch") is None and find_spec("onnxruntime") else "torch"


def recovered(common: CommonOptions, *more: Path) -> list[Path]:
    """Finish what killed runs began; answers voices of which a part was fetched."""
    from sbv2cli.installing import staging

    folders = dict.fromkeys((*jobs.voice_folders(common.configuration()), *more))
    return [target for folder in folders for target in staging.recover(folder.absolute())]


def show_offers(console: Console, offered: Sequence[Offer], listing: Listing) -> None:
    """The voices of a source: what a person wants to know before anything is fetched."""
    console.note(f"{origin_text(listing)}: {counted(len(offered), 'voice')}")
    console.summary(
        ("voice", "size", "languages", "speakers", "styles", "weights", "licence"),
        [_row(offer) for offer in offered],
    )
    licences = dict.fromkeys(o.told.licence_text for o in offered if o.told.licence_text)
    for text in licences:
        console.note(f"its licence file begins: {' / '.join(text)}")
    if listing.page:
        console.note(f"read the terms: {listing.page}")


def origin_text(listing: Listing) -> str:
    """A source with the revision that was asked for and the commit that it is."""
    at = f" at {listing.commit[:COMMIT]}" if listing.commit else ""
    return f"{listing.source}{f'@{listing.revision}' if listing.revision else ''}{at}"


def _row(offer: Offer) -> tuple[str, ...]:
    config = offer.told.config
    problem = offer.told.problem
    if problem is not None:
        return (offer.name, shown(offer.size), "", "", "", offer.weights, problem.message)
    latest = f"{offer.weights} (latest of {len(offer.found.others) + 1})"
    speakers = [] if config is None else list(config.speakers) or [str(config.speaker_count)]
    return (
        offer.name,
        shown(offer.size),
        "?" if config is None else ", ".join(config.languages) or "its own symbols",
        _some(speakers) or "?",
        _some(list(config.styles)) if config is not None and config.has_styles else "",
        latest if offer.found.others else offer.weights,
        licence_line(offer.licence),
    )


def _some(names: Sequence[str]) -> str:
    rest = len(names) - _NAMES_SHOWN
    return ", ".join(names[:_NAMES_SHOWN]) + (f" and {rest} more" if rest > 0 else "")


def confirm(console: Console, question: str, *, yes: bool) -> None:
    """Go on only where somebody says yes: at the terminal, or with --yes."""
    if yes:
        return
    if not console.can_ask():
        raise UsageError(
            "install.yes",
            "nobody is there to be asked",
            at=question,
            hint="look at what would happen with --dry-run, then add --yes",
        )
    if not console.ask(question):
        raise CancelledError(
            "hub.cancelled", "nothing was changed", hint="run the command again to be asked again"
        )


@contextmanager
def transfer(console: Console, total: int, what: str) -> Iterator[Transfer]:
    """Progress in bytes; Ctrl-C ends it with a word on how it goes on."""
    moved = Transfer(console, total, what=what)
    try:
        with moved:
            yield moved
    except KeyboardInterrupt:
        raise CancelledError(
            "hub.cancelled",
            f"interrupted after {shown(moved.moved)}; nothing was installed",
            hint="run the same command again: it goes on where it stopped",
        ) from None


def bring(console: Console, wanted: Sequence[Installation], *, yes: bool) -> set[Path]:
    """Ask once, fetch, install; answers the targets that were not there already."""
    from sbv2cli.installing.install import State, install, state_of

    states = [(one, state_of(one)) for one in wanted]
    for one, state in states:
        if state is State.DAMAGED:
            raise UsageError(
                "install.changed",
                f'"{one.target.name}" was installed, and its files were changed since',
                at=str(one.target),
                hint=f"fetch those files again: sbv2 voices update {one.target.name} --force",
            )
        if state is State.THE_SAME:
            console.note(f"{one.target.name} is installed already: {one.target}")
    missing = [one for one, state in states if state is State.NOTHING]
    if missing:
        names = ", ".join(one.target.name for one in missing)
        size = shown(sum(one.size for one in missing))
        confirm(console, f"Install {names} ({size}) into {missing[0].target.parent}?", yes=yes)
    for one in missing:
        with transfer(console, one.size, one.target.name) as moved:
            install(one, moved)
        console.done(f"{one.target.name}: installed, {shown(one.size)}, {one.target}")
    return {one.target for one in missing}


def repair(console: Console, wanted: Installation, *, yes: bool) -> None:
    """Fetch what is gone or damaged of an installed BERT; nobody edits one."""
    from sbv2cli.installing.install import replace
    from sbv2cli.voices import receipt

    before = receipt.read(wanted.target)
    assert before is not None
    confirm(console, f"Fetch the damaged files of {wanted.target} again?", yes=yes)
    with transfer(console, wanted.size, wanted.target.name) as moved:
        replace(wanted, before, moved)
    console.done(f"{wanted.target.name}: made good, {wanted.target}")


def bring_bert(
    console: Console, language: str, running: str, *, yes: bool, dry_run: bool = False
) -> dict[str, Any]:
    """Install the BERT of a language, unless one is found."""
    from sbv2cli.engine.bert.folders import find_bert
    from sbv2cli.installing import bert
    from sbv2cli.installing.install import State, state_of
    from sbv2cli.records import BERT_CHANNELS

    try:
        there = find_bert(language, backend=running, width=BERT_CHANNELS)
    except Sbv2Error:
        there = None
    if there is not None:
        console.note(f"the BERT of {language} is there already: {there}")
        return {"language": language, "path": str(there), "installed": False}
    wanted = bert.installation(language, running)
    listing = wanted.origin.listing
    console.note(
        f"the BERT of {language}: {origin_text(listing)}, {shown(wanted.size)},"
        f" licence {wanted.licence or 'not told'}; {listing.page}"
    )
    if not dry_run and state_of(wanted) is State.DAMAGED:
        repair(console, wanted, yes=yes)
    elif not dry_run:
        bring(console, [wanted], yes=yes)
    return {
        "language": language,
        "path": str(wanted.target),
        "installed": not dry_run,
        "source": listing.source,
        "commit": listing.commit,
        "licence": wanted.licence,
        "bytes": wanted.size,
    }


def offer_berts(console: Console, languages: Sequence[str], running: str) -> None:
    """At a terminal ask for each missing BERT; elsewhere name the command."""
    for language in languages:
        command = f"sbv2 voices install --bert {language}"
        if not console.can_ask():
            console.note(f"the voice also needs the BERT of {language}: {command}")
            continue
        console.note(f"the voice also needs the BERT of {language}")
        try:
            bring_bert(console, language, running, yes=False)
        except CancelledError:
            console.note(f"later: {command}")
        except Sbv2Error as error:
            # The voice is installed; that the BERT could not be had changes nothing about it.
            console.error(error)


def facts(target: Path, opened: Bundle) -> dict[str, Any]:
    """An installed voice in the JSON envelope."""
    from sbv2cli.voices import receipt

    made = receipt.read(target)
    assert made is not None
    return {
        "name": target.name,
        "path": str(target),
        "source": made.source,
        "inside": made.inside,
        "commit": made.commit,
        "licence": made.licence,
        "bytes": sum(file.size for file in made.files),
        "files": [file.path for file in made.files],
        "languages": list(opened.config.languages),
        "speakers": list(opened.config.speakers),
        "styles": list(opened.config.styles),
    }


def offer_facts(offer: Offer) -> dict[str, Any]:
    """A voice that could be installed, in the JSON envelope."""
    config = offer.told.config
    return {
        "name": offer.name,
        "inside": offer.path,
        "bytes": offer.size,
        "files": {path: file.size for path, file in offer.files},
        "weights": [file.name for file in offer.found.weights],
        "other_weights": [file.name for file in offer.found.others],
        "licence": offer.licence,
        "languages": None if config is None else list(config.languages),
        "speakers": None if config is None else list(config.speakers),
        "styles": None if config is None else list(config.styles),
        "problem": None if offer.told.problem is None else offer.told.problem.code,
    }
