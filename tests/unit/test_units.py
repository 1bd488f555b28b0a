"""Numbers with units."""

from __future__ import annotations

import math

import pytest

from sbv2cli import units as q


@pytest.mark.parametrize(
    ("function", "written", "value"),
    [
        (q.seconds, "0.4s", 0.4),
        (q.seconds, "400ms", 0.4),
        (q.seconds, "400 ms", 0.4),
        (q.seconds, "1.5", 1.5),
        (q.seconds, 2, 2.0),
        (q.seconds, "０.５秒", 0.5),
        (q.factor, "1.2", 1.2),
        (q.factor, "1.2x", 1.2),
        (q.factor, "120%", 1.2),
        (q.factor, "+20%", 1.2),
        (q.factor, "-20%", 0.8),
        (q.factor, "1E-01", 0.1),
        (q.semitones, "+2st", 2.0),
        (q.semitones, "−1.5", -1.5),
        (q.semitones, "＋２ｓｔ", 2.0),
        (q.semitones, "+100%", 12.0),
        (q.decibels, "-3dB", -3.0),
        (q.decibels, "50%", 20 * math.log10(0.5)),
        (q.number, ".5", 0.5),
        (q.number, "50%", 0.5),
        (q.integer, "3.0", 3),
        (q.integer, "-7", -7),
        (q.count, "2", 2),
        (q.workers, "3", 3),
        (q.workers, "ａｕｔｏ", 0),
        (q.whole, str(2**62), 2**62),
        (q.size, "2GiB", 2 * 1024**3),
        (q.size, "500MB", 500_000_000),
        (q.text, 12, "12"),
    ],
)
def test_as_people_write_them(function, written, value):
    assert function(written) == pytest.approx(value)


@pytest.mark.parametrize(
    ("function", "written", "message"),
    [
        (q.seconds, "-1s", '"-1s"; a length of time is not negative'),
        (q.seconds, "2 apples", '"2 apples"; the unit "apples" is not one of s, ms'),
        (q.factor, "fast", '"fast", which is not a number'),
        (q.factor, "", '"", which is not a number'),
        (q.factor, float("nan"), "nan, which is not a finite number"),
        (q.factor, "1e999", '"1e999", a number too large to be meant'),
        (q.factor, 10**400, "a number too large to be meant"),
        (q.factor, True, "true, which is not a number"),
        (q.semitones, "-100%", '"-100%", which leaves no frequency'),
        (q.decibels, "0%", '"0%", which is silence'),
        (q.integer, "1.5", '"1.5", which is not a whole number'),
        (q.count, "0", "0; counting begins at 1"),
        (q.workers, "0", "0; counting begins at 1"),
        (q.workers, "all", '"all", which is not a number'),
        (q.whole, "-1", "-1, outside 0 to 2^63 - 1"),
        (q.size, "2 foo", '"2 foo"; the unit "foo" is not one of KiB, MiB, GiB, MB, GB'),
        (q.switch, "maybe", '"maybe", which is neither yes nor no'),
        (q.number, "x" * 100, f'"{"x" * 39}…", which is not a number'),
    ],
)
def test_what_cannot_be_meant(function, written, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the message is compared whole
        function(written)
    assert str(caught.value) == message


def test_yes_and_no():
    assert all(q.switch(word) for word in ("true", "Yes", "1", "○", "はい", "x", True, 1))
    assert not any(q.switch(word) for word in ("false", "No", "0", "", "×", "いいえ", False, 0))
