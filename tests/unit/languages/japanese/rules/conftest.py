from collections.abc import Callable

import pytest

from sbv2cli.languages.japanese.rules import expand


def shown(text: str) -> str:
    """The spans as `text` or `text=kana`, parted by bars; silent ones as nothing."""
    spans = expand(text)
    assert "".join(text[span.start : span.end] for span in spans) == text
    return "|".join(
        span.text if span.kana is None else f"{span.text}={span.kana}" for span in spans
    )


@pytest.fixture
def said() -> Callable[[str], str]:
    return shown
