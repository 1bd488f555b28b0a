"""Under which licence everything is that comes with sbv2: a row for each part of the package."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path(__file__).parent
OURS = "Apache-2.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some files of the package that have one licence."""

    name: str
    kind: str  # code, messages, data, dictionary, page, voice
    licence: str  # SPDX
    files: tuple[str, ...]  # patterns below the package
    origin: str = "the sbv2cli developers"
    notice: str | None = None  # the file with its licence or credit, below the package


PARTS = (
    Part(name="sbv2", kind="code", licence=OURS, files=("**/*.py", "*.typed")),
    Part(name="Japanese messages", kind="messages", licence=OURS, files=("translations/**/*.po",)),
    Part(
        name="page of sbv2 proof",
        kind="page",
        licence=OURS,
        files=("proof/assets/*.js", "proof/assets/*.css", "proof/assets/*.html"),
    ),
    Part(
        name="Japanese words",
        kind="data",
        licence=OURS,
        files=("languages/japanese/data/*.tsv", "languages/japanese/rules/*.txt"),
    ),
    Part(
        name="CMU Pronouncing Dictionary, entries of revisions 0.6 and 0.7a",
        kind="dictionary",
        licence="BSD-2-Clause",
        files=("languages/english/data/*",),
        origin="Carnegie Mellon University",
        notice="languages/english/data/NOTICE.txt",
    ),
    Part(
        name="sbv2-f01",
        kind="voice",
        licence="CC-BY-4.0",
        files=("voices/builtin/sbv2-f01/*",),
        origin=(
            "hexgrad; Intelligent Communication Network (Ito-Nose) Laboratory, Tohoku University"
        ),
        notice="voices/builtin/sbv2-f01/README.md",
    ),
)
"""Fonts are none; the page takes those of the machine."""


def files_of(part: Part) -> list[Path]:
    """The files of a part, as they are installed."""
    found = {path for pattern in part.files for path in PACKAGE.glob(pattern) if path.is_file()}
    return sorted(path for path in found if "__pycache__" not in path.parts)


def dependencies() -> Iterator[tuple[str, str, str]]:
    """(name, version, licence) of the packages that sbv2 asks for and that are installed."""
    from importlib.metadata import PackageNotFoundError, metadata, requires  # noqa: PLC0415
    from re import match  # noqa: PLC0415

    try:
        wanted = requires("sbv2cli") or []
    except PackageNotFoundError:  # a tree that was never installed
        return
    names = {found[0] for row in wanted if (found := match(r"[\w.-]+", row))}
    for name in sorted(names, key=str.casefold):
        try:
            about = metadata(name)
        except PackageNotFoundError:
            continue
        yield name, about["Version"] or "", _licence(about)


def _licence(about: object) -> str:
    get_all = about.get_all  # type: ignore[attr-defined]
    for key in ("License-Expression", "License"):
        for value in get_all(key, ()):
            first: str = value.strip().splitlines()[0] if value.strip() else ""
            if first and first != "UNKNOWN":
                return first
    shown = [row.rpartition(" :: ")[2] for row in get_all("Classifier", ()) if "License" in row]
    return ", ".join(shown) or "see the package"
