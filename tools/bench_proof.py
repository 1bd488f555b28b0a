"""How long the page of `sbv2 proof` takes: `python -m tools.bench_proof [--lines 10000]`.

Makes a folder of made-up lines and sounds, writes its page with the command, opens it in the
Chromium of this machine, and scrolls. Times of the browser are its own (`Performance.getMetrics`).
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.made_up_folder import made_up_folder

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SCROLLS = 200
_FRAMES = """(steps) => new Promise((done) => {
  const far = document.body.scrollHeight / 3;
  const frames = [];
  let step = 0;
  let before = performance.now();
  const next = (now) => {
    frames.push(now - before);
    before = now;
    window.scrollTo(0, far + 400 * step);
    step += 1;
    if (step > steps) done(frames.slice(2));
    else requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
})"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What the browser says of a page, in milliseconds."""

    first_row: float
    all_lines: float
    script_per_scroll: float
    layout_per_scroll: float
    worst_frame: float
    rows: int  # in the document after scrolling


def open_page(page: Any, file: Path, *, scrolls: int = SCROLLS) -> Opened:
    """Open it, wait for all lines, scroll through a part of it."""
    devtools = page.context.new_cdp_session(page)
    # Time that the thread has computed: a busy machine makes it no longer.
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.goto(file.as_uri(), wait_until="commit")
    page.wait_for_selector("html[data-ready]", state="attached")
    first = page.evaluate("performance.getEntriesByName('first-row')[0].startTime")
    page.wait_for_selector("html[data-ready=all]", timeout=120_000)
    last = page.evaluate("performance.getEntriesByName('all-lines')[0].startTime")
    before = _metrics(devtools)
    frames = page.evaluate(_FRAMES, scrolls)
    after = _metrics(devtools)
    return Opened(
        first_row=first,
        all_lines=last,
        script_per_scroll=1000 * (after["ScriptDuration"] - before["ScriptDuration"]) / scrolls,
        layout_per_scroll=1000
        * sum(after[name] - before[name] for name in ("LayoutDuration", "RecalcStyleDuration"))
        / scrolls,
        worst_frame=max(frames),
        rows=page.locator(".line").count(),
    )


def _metrics(devtools: Any) -> dict[str, float]:
    found = devtools.send("Performance.getMetrics")["metrics"]
    return {one["name"]: one["value"] for one in found}


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=3.0, help="of a line")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = made_up_folder(Path(place) / "out", wanted.lines, seconds=wanted.seconds)
        begin = time.perf_counter()
        command = [sys.executable, "-m", "sbv2cli", "-q", "proof", str(folder)]
        subprocess.run(command, check=True)  # noqa: S603 - our own command
        written = time.perf_counter() - begin
        print(f"page of {wanted.lines} lines written in {written:.1f} s")
        _print_opened(folder / "proof.html")


def _print_opened(file: Path) -> None:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - of an extra

    program = next((found for found in map(shutil.which, BROWSERS) if found), None)
    if program is None:
        print("there is no Chromium or Chrome on this machine")
        return
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        found = open_page(browser.new_page(viewport={"width": 1400, "height": 900}), file)
        browser.close()
    print(f"first row after {found.first_row:.0f} ms, all lines after {found.all_lines:.0f} ms")
    print(
        f"each of {SCROLLS} scrolls by 400 px: script {found.script_per_scroll:.2f} ms,"
        f" style and layout {found.layout_per_scroll:.2f} ms"
    )
    print(f"worst frame {found.worst_frame:.0f} ms")
    print(f"rows in the document: {found.rows}")


if __name__ == "__main__":
    main()
