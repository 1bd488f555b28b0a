"""Pictures of the page of `sbv2 proof` for the documents: `python -m tools.screenshots_proof`.

Renders the samples with the built-in voice, makes their page, and photographs it with the Chromium
of this machine: light and dark, wide and as a phone has it. Needs the extra `browser`.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from tools.bench_proof import BROWSERS

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 780}


def main() -> None:
    """Write the pictures."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "story"
        scripts = [ROOT / "samples" / name for name in ("story.txt", "lines.csv")]
        _sbv2("render", *map(str, scripts), "-o", str(folder))
        _sbv2("proof", str(folder))
        with sync_playwright() as driver:
            program = next((found for found in map(shutil.which, BROWSERS) if found), None)
            browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
            for name, language, dark, size in (
                ("proof-light", "en-GB", False, WIDE),
                ("proof-dark", "ja-JP", True, WIDE),
                ("proof-phone-light", "ja-JP", False, PHONE),
                ("proof-phone-dark", "en-GB", True, PHONE),
            ):
                page = browser.new_page(
                    locale=language,
                    viewport=size,
                    color_scheme="dark" if dark else "light",
                    device_scale_factor=1.5 if size is PHONE else 1,
                )
                page.goto((folder / "proof.html").as_uri())
                page.wait_for_selector("html[data-ready=all]")
                _picture(page, IMAGES / f"{name}.png", editing=dark and size is WIDE)
            browser.close()


def _sbv2(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "sbv2cli", "-q", *arguments], check=True)  # noqa: S603 - ours


def _picture(page: Any, file: Path, *, editing: bool) -> None:
    """The third line is heard at the moment, or corrected."""
    page.keyboard.press("j")
    page.keyboard.press("j")
    if editing:
        page.keyboard.press("e")
        page.locator(".preview .mora").nth(1).click()
    else:
        page.evaluate(
            """() => {
              const { player, list } = sbv2proof;
              const index = list.indices[2];
              const row = list.mounted.get(index);
              row.showPlaying(true);
              row.showTime(1.4, sbv2proof.lines[index].takes[0].seconds);
            }"""
        )
    page.wait_for_timeout(200)
    page.screenshot(path=file)


if __name__ == "__main__":
    main()
