"""What a run did with a line, against what the run before left. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from sbv2cli.pipeline.diff import Decision, is_made
from sbv2cli.records import Change, LineId, ManifestRow, What

NEW = "new"


def of_line(
    row: ManifestRow, rows: Mapping[LineId, ManifestRow], decision: Decision | None
) -> Change:
    """The change of a line that has come to its end.

    Args:
        row: what became of it.
        rows: of the run before.
        decision: what the plan said of it.
    """
    before = rows.get(row.id)
    why = () if decision is None else decision.why
    if row.status == "failed":
        return _against(before, row, "failed", (row.error.code,) if row.error else why)
    if row.status == "ok":
        return _against(before, row, "made", why if is_made(before) else (*why, NEW))
    source = rows.get(LineId(row.reused_from or ""))
    if source is not None:
        return Change(what="renamed", why=(f"was {source.id}",), file=source.file)
    if is_made(before) and before.file != row.file and before.post_key == row.post_key:
        return _against(before, row, "renamed", why)
    return _against(before, row, "reused", why or (f"as {row.alias_of}",))


def of_skipped(row: ManifestRow, before: ManifestRow | None) -> Change | None:
    """The change of a line that is skipped; one that was skipped before keeps what it had."""
    if before is not None and before.status == "skipped":
        return before.change
    return _against(before, row, "skipped", (row.reason or "",))


def of_fresh(row: ManifestRow, before: ManifestRow) -> Change | None:
    """The change of a line whose file stays."""
    if row.text != before.text:
        return Change(what="reworded", why=("text",), text=before.text)
    return before.change


def _against(
    before: ManifestRow | None, row: ManifestRow, what: What, why: tuple[str, ...]
) -> Change:
    if before is None:
        return Change(what=what, why=why)
    return Change(
        what=what,
        why=why,
        text=before.text if before.text != row.text else None,
        seconds=before.seconds if before.seconds != row.seconds else None,
        file=before.file if before.file != row.file else None,
    )
