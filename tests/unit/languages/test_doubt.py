from __future__ import annotations

import pytest

from sbv2cli.languages.doubt import of_line
from sbv2cli.records import Doubt


def doubt(weight):
    return Doubt(span=(0, 1), surface="辛", kana="ツラ", reasons=("homograph",), weight=weight)


def test_a_line_is_as_doubtful_as_its_words_together():
    assert of_line([]) == 0
    assert of_line([doubt(0.25)]) == 0.25
    assert of_line([doubt(0.5), doubt(0.5)]) == pytest.approx(0.75)
    assert of_line([doubt(1.0), doubt(0.1)]) == 1
