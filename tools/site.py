#!/usr/bin/env python
"""Build the documentation as a site in two languages: `python tools/site.py`.

The pages are those of docs/, read as they stand by people and by code hosting sites. For the site
each language gets a folder of its own, as mkdocs-static-i18n wants it: links from one language to
the other go, because the site has a switch, and pages outside docs/ that are linked come along.
Warnings are errors. `--into DIR` builds there and not in build/; `--serve` serves the pages on
http://127.0.0.1:8000 while they are written.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
_LEFT_OUT = {"changelog.d"}  # collected in CHANGELOG.md
_LINK = re.compile(r"(\]\()([^)#\s]+)((?:#[^)]*)?\))")
_LOCAL_LINK = re.compile(r"\[([^\]]*)\]\((?!https?:)[^)]*\)")
# ` ([日本語](../ja/how-to/proof.md))`, and rows that only name pages of the other language.
_SWITCH = re.compile(r"\s*[([]?\[日本語\]\([^)]*/ja/[^)]*\)[)\]]?")
_OTHER_LANGUAGE = re.compile(r"^.*\]\((?:\.\./)*ja/[^)]*\).*\n?", re.MULTILINE)


def stage(source: Path) -> None:
    """The pages in a folder for each language."""
    shutil.rmtree(source, ignore_errors=True)
    for path in sorted(DOCS.rglob("*")):
        inside = path.relative_to(DOCS)
        if path.is_dir() or inside.parts[0] in _LEFT_OUT:
            continue
        language = "ja" if inside.parts[0] == "ja" else "en"
        place = Path(*inside.parts[1:]) if language == "ja" else inside
        _put(path, source / language, place)


def _put(path: Path, folder: Path, place: Path) -> None:
    target = folder / _as_index(place)
    target.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix != ".md":
        shutil.copy(path, target)
        return
    text = _SWITCH.sub("", path.read_text(encoding="utf-8"))
    text = _OTHER_LANGUAGE.sub("", text) if folder.name == "en" else text
    target.write_text(
        _LINK.sub(lambda link: link[1] + _linked(link[2], path, folder, place) + link[3], text),
        encoding="utf-8",
    )


def _linked(link: str, page: Path, folder: Path, place: Path) -> str:
    """The link of a staged page."""
    if "://" in link or link.startswith("mailto:"):
        return link
    target = (page.parent / link).resolve()
    if target.is_relative_to(DOCS):
        inside = target.relative_to(DOCS)
        goal = Path(*inside.parts[1:]) if inside.parts[:1] == ("ja",) else inside
    else:
        goal = Path("project") / target.relative_to(ROOT)
        _bring(target, folder, goal)
    return os.path.relpath(_as_index(goal), _as_index(place).parent)


def _bring(target: Path, folder: Path, goal: Path) -> None:
    """A page from outside docs/; its links lead to places that are not on the site."""
    staged = folder / _as_index(goal)
    staged.parent.mkdir(parents=True, exist_ok=True)
    staged.write_text(_LOCAL_LINK.sub(r"\1", target.read_text(encoding="utf-8")), "utf-8")


def _as_index(place: Path) -> Path:
    return place.with_name("index.md") if place.name == "README.md" else place


def main() -> int:
    """Stage the pages and build, or serve, the site."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--into", type=Path, default=ROOT / "build")
    arguments.add_argument("--serve", action="store_true")
    asked = arguments.parse_args()
    stage(asked.into / "site-source")
    # mkdocs takes the folders of its file of settings from where that file is.
    settings = asked.into / "mkdocs.yml"
    settings.write_text((ROOT / "mkdocs.yml").read_text(encoding="utf-8"), encoding="utf-8")
    command = ["serve"] if asked.serve else ["build", "--strict"]
    return subprocess.run(  # noqa: S603 - mkdocs of this environment
        [sys.executable, "-m", "mkdocs", *command, "-f", settings], check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
