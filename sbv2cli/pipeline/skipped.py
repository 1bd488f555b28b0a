"""Which lines are not spoken: the script says so, or there is nothing to say."""

from __future__ import annotations

from sbv2cli.readers import interpolation
from sbv2cli.records import ScriptLine


def why_skipped(line: ScriptLine) -> str | None:
    """Why a line is not spoken, as far as that is known before it is read."""
    if line.skip:
        value = next((one for one in line.findings if one.code == interpolation.CODE), None)
        if "skip" in line.corrected:
            return "the corrections say so"
        return "the script says so" if value is None else value.message
    if not line.text.strip() and not (line.reading or "").strip():
        return "there is nothing to say"
    return None
