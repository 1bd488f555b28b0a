#!/usr/bin/env python
"""Draw the pictures of the README: `python tools/pictures.py`.

`docs/images/terminal.svg` and `terminal-ja.svg` are a recording: the commands are run, in a folder
of their own, and what they print stands below them. `docs/images/pipeline.svg` and
`pipeline-ja.svg` show the way of a line. The badges say what pyproject.toml says.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from html import escape
from pathlib import Path

IMAGES = Path(__file__).parents[1] / "docs" / "images"
SCRIPT = """id,character,text
d001,太郎,今日は晴れだ。
d002,花子,そうね。｜岬《みさき》の灯台まで散歩に行こう。
d003,太郎,橋の端で箸を持つ。
"""
COMMANDS = (
    "sbv2 check lines.csv",
    "sbv2 render lines.csv -o voice",
    "sed -i 's/箸を持つ/待ってる/' lines.csv",
    "sbv2 render lines.csv -o voice",
)
STEPS = {
    "": ("manuscript, sheet, script", "reading", "sound", "files", "book, game, subtitles"),
    "-ja": ("原稿・表・台本", "読み", "音声", "ファイル", "本・ゲーム・字幕"),
}
COMMANDS_OF_STEPS = ("import", "check", "render", "proof", "book · join · export")


def recording(language: str) -> str:
    """The terminal, as an SVG."""
    environment = {**os.environ, "SBV2_MESSAGES": language}
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    rows: list[tuple[str, str]] = []
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "lines.csv").write_text(SCRIPT, encoding="utf-8")
        for command in COMMANDS:
            rows.append(("p", f"$ {command}"))
            answer = subprocess.run(  # noqa: S603 - the commands above
                shlex.split(command),
                cwd=folder,
                env=environment,
                text=True,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                check=True,
            )
            rows += [("", row.replace("\t", "  ")) for row in answer.stdout.splitlines()]
    return terminal(rows)


def terminal(rows: Sequence[tuple[str, str]]) -> str:
    """Rows of a terminal, each with the class of its style, as an SVG."""
    width, row_height = 960, 22
    height = (len(rows) + 2) * row_height
    texts = "".join(
        f'<text x="16" y="{(number + 2) * row_height}" class="{style}">{escape(row)}</text>'
        for number, (style, row) in enumerate(rows)
    )
    style = "text{font:15px monospace;fill:#d8dee9;white-space:pre}.p{fill:#a3be8c;font-weight:700}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}">'
        f'<style>{style}</style><rect width="{width}" height="{height}" rx="8" fill="#242933"/>'
        f"{texts}</svg>\n"
    )


def pipeline(steps: Sequence[str]) -> str:
    """The way of a line, as an SVG."""
    width, gap, height = 168, 26, 64
    parts = []
    for number, (step, command) in enumerate(zip(steps, COMMANDS_OF_STEPS, strict=True)):
        left = number * (width + gap)
        middle = left + width / 2
        parts.append(
            f'<rect x="{left}" y="0" width="{width}" height="{height}" rx="8" fill="#e8eef7"'
            ' stroke="#4a6fa5"/>'
            f'<text x="{middle}" y="28" text-anchor="middle">{escape(step)}</text>'
            f'<text x="{middle}" y="50" text-anchor="middle" class="c">{escape(command)}</text>'
        )
        if number:
            parts.append(
                f'<path d="M{left - gap + 4} 32h{gap - 12}m-6 -5l6 5l-6 5" fill="none"'
                ' stroke="#4a6fa5" stroke-width="2"/>'
            )
    whole = len(steps) * (width + gap) - gap
    style = "text{font:14px sans-serif;fill:#1b2a41}.c{font:12px monospace;fill:#4a6fa5}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-2 -2 {whole + 4} {height + 4}"'
        f' width="{whole + 4}"><style>{style}</style>{"".join(parts)}</svg>\n'
    )


def badges() -> dict[str, str]:
    """Names of files, and badges with what the package says of itself, as SVG."""
    text = (IMAGES.parents[1] / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    return {
        "badge-licence.svg": badge("licence", project["license"]),
        "badge-python.svg": badge("Python", project["requires-python"]),
    }


def badge(name: str, value: str) -> str:
    """A name and its value side by side, as an SVG."""
    left, right = (8 * len(text) + 14 for text in (name, value))
    style = "text{font:12px sans-serif;fill:#fff;text-anchor:middle}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20">'
        f'<style>{style}</style><rect width="{left + right}" height="20" rx="4" fill="#3b4252"/>'
        f'<rect x="{left}" width="{right}" height="20" rx="4" fill="#4a6fa5"/>'
        f'<text x="{left / 2}" y="14">{escape(name)}</text>'
        f'<text x="{left + right / 2}" y="14">{escape(value)}</text></svg>\n'
    )


def main() -> int:
    """Write the four pictures and the badges."""
    for name, drawn in badges().items():
        (IMAGES / name).write_text(drawn, encoding="utf-8")
    for suffix, steps in STEPS.items():
        language = suffix.removeprefix("-") or "en"
        (IMAGES / f"pipeline{suffix}.svg").write_text(pipeline(steps), encoding="utf-8")
        (IMAGES / f"terminal{suffix}.svg").write_text(recording(language), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
