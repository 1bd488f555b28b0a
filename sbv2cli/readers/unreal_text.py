r"""Texts as Unreal writes them into the cells of a data table: NSLOCTEXT("ns", "key", "text")."""

from __future__ import annotations

from sbv2cli.patterns import lazy_pattern

ROW_NAMES = "---"
"""The header over the names of the rows of a data table."""

_QUOTED = r'"((?:[^"\\]|\\.)*)"'
_TEXT = lazy_pattern(
    rf"(?:NSLOCTEXT|LOCTEXT|INVTEXT)\(\s*(?:{_QUOTED}\s*,\s*)?(?:{_QUOTED}\s*,\s*)?"
    rf"(?P<text>{_QUOTED})\s*\)"
)
_ELSEWHERE = lazy_pattern(r"LOCTABLE\(.*\)")
_ESCAPE = lazy_pattern(r"\\([nrt\\\"'])")
_MEANT = {"n": "\n", "r": "", "t": "\t"}


def written_out(cell: str) -> str:
    """The text of such a cell; any other cell as it is."""
    if not cell.endswith('")'):
        return cell
    found = _TEXT.fullmatch(cell)
    return cell if found is None else unescaped(found["text"][1:-1])


def is_elsewhere(cell: str) -> bool:
    """Whether a cell only names the table that has its text."""
    return cell.startswith("LOCTABLE(") and _ELSEWHERE.fullmatch(cell) is not None


def unescaped(text: str) -> str:
    """A text without the escapes of Unreal."""
    return _ESCAPE.sub(lambda found: _MEANT.get(found[1], found[1]), text)
