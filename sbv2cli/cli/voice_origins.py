"""What `sbv2 voices list -v` adds of a voice: size, licence, origin, and where its BERT is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sbv2cli.cli.console import Word
from sbv2cli.cli.transfer import shown
from sbv2cli.errors import Sbv2Error

if TYPE_CHECKING:
    from sbv2cli.voices.bundle import Bundle

COLUMNS = ("size", "licence", "origin", "BERT")
SHIPPED = "comes with sbv2"
COMMIT = 12  # digits of a commit that are shown
_LICENCE_LENGTH = 60


def facts(opened: Bundle) -> dict[str, Any]:
    """For the JSON envelope."""
    from sbv2cli.voices import files, receipt, search_path

    shipped = search_path.BUILT_IN in opened.weights.parents
    made = receipt.read(opened.weights.parent)
    return {
        "bytes": sum(path.stat().st_size for path in files.all_of(opened.parts)),
        "licence": _licence(opened),
        "source": made.source if made is not None else SHIPPED if shipped else None,
        "commit": None if made is None else made.commit,
        "berts": berts(opened, opened.backend),
    }


def row(fact: Mapping[str, Any]) -> tuple[str, ...]:
    """For a table, in the order of `COLUMNS`."""
    origin = fact["source"] or "put there by other means"
    commit = f"@{fact['commit'][:COMMIT]}" if fact["commit"] else ""
    models = [f"{language} {'there' if path else 'missing'}" for language, path in fact["berts"]]
    berts_shown = ", ".join(models) or "needs none"
    licence = licence_line(fact["licence"]) if fact["licence"] else Word("not told")
    return shown(fact["bytes"]), licence, Word(origin + commit), Word(berts_shown)


def licence_line(licence: str | None) -> str:
    """A licence in a cell: AIVM files carry the whole text of theirs."""
    line = (licence or "not told").strip().partition("\n")[0]
    return line[:_LICENCE_LENGTH] + ("…" if len(line) > _LICENCE_LENGTH else "")


def _licence(opened: Bundle) -> str | None:
    from sbv2cli.voices.aivm import container

    if opened.config.licence:
        return opened.config.licence
    manifest = container.manifest_of(opened.weights)
    return None if manifest is None else manifest.licence


def berts(opened: Bundle, backend: str) -> list[tuple[str, str | None]]:
    """Each language that needs a BERT, and the folder of one that fits."""
    from sbv2cli.engine.bert.folders import find_bert
    from sbv2cli.records import BERT_CHANNELS

    found: list[tuple[str, str | None]] = []
    for language in opened.config.languages if opened.config.needs_bert else ():
        try:
            place = find_bert(
                language,
                voice=opened.weights.parent,
                backend=backend,
                width=BERT_CHANNELS,
            )
            found.append((language, str(place)))
        except Sbv2Error:
            found.append((language, None))
    return found
