"""Which language is spoken."""

from __future__ import annotations

import pytest

from sbv2cli.translations.language import chosen


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "ja_JP.UTF-8"}, "ja"),
        ({"LANG": "ja"}, "ja"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "ja_JP.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "ja_JP.UTF-8", "LC_MESSAGES": "en_US.UTF-8"}, "en"),
        ({"LANG": "ja_JP.UTF-8", "SBV2_MESSAGES": "en"}, "en"),
        ({"LANG": "C", "SBV2_MESSAGES": "ja"}, "ja"),
        ({"LANG": "ja_JP", "LC_ALL": ""}, "ja"),
        ({"LANG": "C", "SBV2_LANG": "ja"}, "en"),  # the language of lines
    ],
)
def test_the_first_variable_that_is_set_decides(environment, language):
    assert chosen(environment) == language
