"""Lines that people speak, though sbv2 skips some because a game fills in a part of them."""

from __future__ import annotations

from sbv2cli.readers.interpolation import CODE
from sbv2cli.records import ScriptLine


def voiceable(line: ScriptLine) -> bool:
    """Whether the line is spoken, or would be if its values were known."""
    return not line.skip or any(one.code == CODE for one in line.findings)
