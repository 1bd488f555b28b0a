"""Keys, bounds and how wishes lie over each other."""

from __future__ import annotations

import pytest

from sbv2cli.errors import UsageError
from sbv2cli.records import Delivery
from sbv2cli.settings.keys import ALIASES, BOUNDS, BUILT_IN_DELIVERY, DELIVERY_KEYS, KEYS
from sbv2cli.settings.parse import parse, parse_pause
from sbv2cli.settings.resolve import check_delivery, resolve_delivery
from sbv2cli.units import EXAMPLES, KINDS


def test_the_table_of_keys_is_whole():
    assert set(DELIVERY_KEYS) <= set(KEYS)
    assert {key.kind for key in KEYS.values()} <= set(KINDS) == set(EXAMPLES)
    assert {ours for ours, _ in ALIASES.values()} <= set(DELIVERY_KEYS)
    assert {name for name, key in KEYS.items() if key.where == "line"} == set(DELIVERY_KEYS)
    for name, (lowest, highest) in BOUNDS.items():
        if name in DELIVERY_KEYS and getattr(BUILT_IN_DELIVERY, name) is not None:
            assert lowest <= getattr(BUILT_IN_DELIVERY, name) <= highest


def test_parse():
    assert parse("speed", "120%") == 1.2
    assert parse("length_scale", "0.5") == 2.0
    assert parse("noise_scale", 0.4) == 0.4
    assert parse("format", "FLAC") == "flac"


@pytest.mark.parametrize(
    ("name", "written", "expected"),
    [
        (
            "speed", "11",
            ("error[setting.speed]: speed is 11, outside 0.1 to 10\n  at: here\n"
            "  hint: give a number from 0.1 to 10"),
        ),
        (
            "sdp_ratio", "lots",
            ('error[setting.sdp-ratio]: sdp_ratio is "lots", which is not a number\n  at: here\n'
            "  hint: write a number, such as 0.6"),
        ),
        (
            "length_scale", "0",
            ("error[setting.speed]: length_scale is 0; a length is above 0\n  at: here\n"
            "  hint: write a factor, such as 1.2, 120% or +20%"),
        ),
        (
            "format", "aac",
            ('error[setting.format]: format is "aac", which is none of its values\n  at: here\n'
            "  hint: choose one of wav, flac, ogg, opus, mp3"),
        ),
    ],
)  # fmt: skip
def test_errors_say_what_and_where(name, written, expected):
    with pytest.raises(UsageError) as caught:
        parse(name, written, at="here")
    assert str(caught.value) == expected


def test_pauses_have_a_limit():
    assert parse_pause("pause_after", "400ms") == 0.4
    with pytest.raises(UsageError, match="pause_after is 61, outside 0 to 60"):
        parse_pause("pause_after", "61s")


def test_the_stronger_wish_wins():
    said = resolve_delivery(Delivery(speed=2.0), Delivery(speed=1.5, style="Happy"))
    assert (said.speed, said.style, said.noise) == (2.0, "Happy", 0.6)
    with pytest.raises(UsageError):
        check_delivery(Delivery(sdp_ratio=1.5))
    check_delivery(said)
