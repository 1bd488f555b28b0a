"""A real browser for tests of pages: the Chromium or Chrome of this machine, nothing downloaded.

A plugin of the tests: `chromium` and `opened` are fixtures everywhere.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = ("--no-sandbox", "--autoplay-policy=no-user-gesture-required", "--mute-audio")


def program() -> str | None:
    """The browser's program."""
    return next((found for found in map(shutil.which, NAMES) if found), None)


@contextmanager
def browser() -> Iterator[Any]:
    """Started; a test without one is skipped with its reason."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="the extra `browser` is not installed"
    )
    found = program()
    if found is None:
        pytest.skip("there is no Chromium or Chrome on this machine")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=found, args=list(FLAGS))
        try:
            yield started
        finally:
            started.close()


Open = Callable[..., Any]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    with browser() as started:
        yield started


@pytest.fixture
def opened(chromium: Any) -> Iterator[Open]:
    """Open a file; whatever the page complains of fails the test."""
    contexts: list[Any] = []
    complaints: list[str] = []

    def open_(file: Path, *, ready: bool = True, **options: Any) -> Any:
        context = chromium.new_context(**{"locale": "ja-JP", **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: said.type == "error" and complaints.append(f"{said.text}"))
        # Nothing but files is asked for.
        page.on(
            "request",
            lambda asked: (
                asked.url.split(":")[0] in {"file", "blob", "data"} or complaints.append(asked.url)
            ),
        )
        page.goto(file.as_uri())
        if ready:
            page.wait_for_selector("html[data-ready=all]")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []


def until(page: Any, expression: str) -> None:
    """Wait for an expression to be true; the page's policy leaves no other way than to ask."""
    for _ in range(400):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    pytest.fail(expression)


def count(page: Any, name: str, number: int) -> None:
    """Wait until a filter counts so many lines."""
    until(page, f"document.querySelector('#f-{name} .count').textContent === '{number}'")


def saved(page: Any, press: Callable[[], None]) -> str:
    """What a press of a button saves as a file."""
    with page.expect_download() as download:
        press()
    return Path(download.value.path()).read_text(encoding="utf-8")
