"""How a voice writes text, as its config.json says it."""

from __future__ import annotations

import pytest

from sbv2cli.errors import VoiceError
from sbv2cli.voices.phonologies.own_text import rules_of


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("casing", "upper"),
        ("decomposed", 1),
        ("espeak", 3),
        ("marks", "all"),
        ("replaced", [["a"]]),
        ("romanised", None),
        ("stripped", "true"),
    ],
)
def test_a_wrong_value_is_named(key, value):
    with pytest.raises(VoiceError, match=key) as caught:
        rules_of({"language": "swh", key: value}, ("a", "b"), "config.json")
    assert caught.value.code == "voice.config"


def test_what_is_not_said_is_off():
    rules = rules_of({"language": "swh", "stripped": True}, ("a", "<unk>"), "config.json")
    assert rules is not None
    assert (rules.decomposed, rules.stripped, rules.romanised) == (False, True, False)
    assert rules.known == {"a"}
