#!/usr/bin/env python
"""Make a release of the fragments: `python tools/changelog.py 0.2.0 2027-01-31`.

Moves docs/changelog.d into CHANGELOG.md, by kind, and writes version and date into version.py and
CITATION.cff. `python tools/changelog.py` alone prints the section and changes nothing.
"""

from __future__ import annotations

import datetime as dt
import re
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
KINDS = {
    "sound": "Sound: equal input gives other audio",
    "feature": "New",
    "fix": "Mended",
    "speed": "Faster",
    "docs": "Documents",
}
# https://semver.org
SEMVER = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-[0-9A-Za-z.-]+)?")
UNRELEASED = re.compile(r"^## Unreleased.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
EMPTY = "## Unreleased\n\nSee the fragments.\n\n"


def fragments(root: Path) -> list[Path]:
    """The files that a release gathers."""
    folder = root / "docs" / "changelog.d"
    return sorted(path for path in folder.glob("*.md") if path.name != "README.md")


def section(title: str, paths: list[Path]) -> str:
    """The changes of one version, by kind."""
    by_kind: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        _, kind, _ = path.name.rsplit(".", 2)
        text = " ".join(path.read_text(encoding="utf-8").split())
        by_kind[kind].append(f"- {text[:1].upper()}{text[1:]}")
    parts = [f"### {KINDS[kind]}\n\n" + "\n".join(by_kind[kind]) for kind in KINDS if by_kind[kind]]
    return "\n\n".join([f"## {title}", *parts]) + "\n\n"


def release(root: Path, version: str, date: str) -> None:
    """Write the version everywhere where it stands, and take the fragments away."""
    if not SEMVER.fullmatch(version):
        raise SystemExit(f'"{version}" is no version of SemVer; write 0.2.0')
    dt.date.fromisoformat(date)
    paths = fragments(root)
    if not paths:
        raise SystemExit("there are no fragments, so there is nothing to release")
    changelog = root / "CHANGELOG.md"
    text = changelog.read_text(encoding="utf-8")
    gathered = EMPTY + section(f"{version} ({date})", paths)
    changelog.write_text(UNRELEASED.sub(lambda _: gathered, text, count=1), encoding="utf-8")
    _replace(root / "sbv2cli" / "version.py", r'(?<=^VERSION = ")[^"]+', version)
    _replace(root / "sbv2cli" / "version.py", r'(?<=^RELEASED = ")[^"]+', date)
    _replace(root / "CITATION.cff", r"(?<=^version: ).+", version)
    _replace(root / "CITATION.cff", r"(?<=^date-released: ).+", date)
    for path in paths:
        path.unlink()


def _replace(path: Path, pattern: str, value: str) -> None:
    text, count = re.subn(pattern, value, path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert count == 1, path
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) == 1:
        print(section("Unreleased", fragments(ROOT)), end="")
    else:
        release(ROOT, *sys.argv[1:])
