"""What no rule can help: a pause and a finding that names the character and its place."""

import pytest

from sbv2cli.languages.japanese.rules import expand
from sbv2cli.records import Ruby


@pytest.mark.parametrize(
    ("text", "span", "code"),
    [
        ("あ안녕い", (1, 3), "U+C548"),
        ("ไทย", (0, 3), "U+0E44"),
        ("สวัสดี", (0, 6), "U+0E2A"),
        ("あ\ud800", (1, 2), "U+D800"),
        ("\ue000", (0, 1), "U+E000"),
        ("あ\u0378", (1, 2), "U+0378"),
    ],
)
def test_finding(text, span, code):
    (finding,) = [finding for piece in expand(text) for finding in piece.findings]
    assert (finding.code, finding.severity) == ("reading.unreadable", "warning")
    assert finding.span == span
    assert code in finding.message


@pytest.mark.parametrize("text", ["あ👍い", "♪", "あ\u200bい", "㍿", "★", "〽", "𝕏", "ａ", "\x00"])
def test_no_finding_for_what_is_meant_to_be_silent_or_is_read(text):
    assert not [finding for piece in expand(text) for finding in piece.findings]


def test_one_finding_for_a_run():
    pieces = expand("안" * 20_000)
    assert [(piece.start, piece.end) for piece in pieces] == [(0, 20_000)]


def test_kanji_over_kanji_is_reported():
    over = [Ruby(span=(2, 4), reading="宿命")]
    (finding,) = [finding for piece in expand("その運命", given=over) for finding in piece.findings]
    assert (finding.code, finding.span) == ("reading.ruby-gloss", (2, 4))
