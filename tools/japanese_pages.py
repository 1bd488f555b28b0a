#!/usr/bin/env python
"""Which pages have no Japanese counterpart, or one that is older: `python tools/japanese_pages.py`.

`docs/ja/translated.json` notes for each page the digest of the English page that its Japanese one
tells the same as. When you have changed both, note it: `--stamp how-to/takes.md`, or `--stamp` for
all. The status is 1 if a page is missing or older.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"
JAPANESE = DOCS / "ja"
NOTED = JAPANESE / "translated.json"
_NO_PAGES = {"ja", "changelog.d"}
_WRITTEN_BY_TOOLS = {"reference/cli.md"}  # tools/docs_cli.py, and held by its own test


def pages() -> list[str]:
    """Every English page, from docs/ on."""
    return sorted(
        path.relative_to(DOCS).as_posix()
        for path in DOCS.rglob("*.md")
        if path.relative_to(DOCS).parts[0] not in _NO_PAGES
    )


def digest(page: str) -> str:
    """What tells whether the English page is still the one that was translated."""
    return hashlib.sha256((DOCS / page).read_bytes()).hexdigest()[:16]


def noted() -> dict[str, str]:
    """The digests of the pages as they were translated."""
    found: dict[str, str] = json.loads(NOTED.read_text(encoding="utf-8"))
    return found


def faults() -> list[str]:
    """What is missing or older, a line for each page."""
    known = noted()
    found = []
    for page in pages():
        if not (JAPANESE / page).exists():
            found.append(f"docs/ja/{page} is missing")
        elif page not in _WRITTEN_BY_TOOLS and known.get(page) != digest(page):
            found.append(f"docs/ja/{page} tells of an older docs/{page}")
    return found


def stamp(wanted: list[str]) -> None:
    """Note that these pages, or all, tell the same in both languages."""
    known = noted() if NOTED.exists() else {}
    there = [page for page in pages() if (JAPANESE / page).exists()]
    known |= {page: digest(page) for page in wanted or there if page not in _WRITTEN_BY_TOOLS}
    kept = {page: known[page] for page in sorted(known) if page in there}
    NOTED.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def main() -> int:
    """Tell the faults, or note translations."""
    if sys.argv[1:2] == ["--stamp"]:
        stamp(sys.argv[2:])
        return 0
    found = faults()
    print("\n".join(found))
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
