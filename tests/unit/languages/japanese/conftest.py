from collections.abc import Callable

import pytest

from sbv2cli.languages.japanese import JAPANESE


def _kana(text: str) -> str:
    said = "".join(word.kana or "" for word in JAPANESE.read(text).words)
    return "".join(letter for letter in said if letter >= "ァ")


@pytest.fixture
def kana_of() -> Callable[[str], str]:
    """What is said of a text, without its pauses."""
    return _kana
