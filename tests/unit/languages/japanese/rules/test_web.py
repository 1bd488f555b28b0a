"""Addresses of the web."""

import pytest

CASES = [
    ("https://example.com/", "|イグザンプル=イグザンプル|ドット=ドット|コム=コム|"),
    (
        "a@b.co.jp",
        "エー=エー|アット=アット|ビー=ビー|ドット=ドット|シーオー=シーオー|ドット=ドット|ジェーピー=ジェーピー",
    ),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_spans(said, text, expected):
    assert said(text) == expected
