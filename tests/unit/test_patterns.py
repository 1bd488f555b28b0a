"""Patterns that are compiled when they are used."""

from __future__ import annotations

import re

import pytest

from sbv2cli.patterns import lazy_pattern


def test_it_does_what_a_compiled_one_does():
    late, compiled = lazy_pattern("a(b)?", re.IGNORECASE), re.compile("a(b)?", re.IGNORECASE)
    text = "xAB a"
    assert late.search(text, 1, 3)[1] == compiled.search(text, 1, 3)[1] == "B"
    assert late.sub("-", text) == compiled.sub("-", text)
    assert [one.span() for one in late.finditer(text)] == [(1, 3), (4, 5)]
    assert late.subn("-", text) == compiled.subn("-", text)
    assert (late.pattern, late.groups, late.flags) == (compiled.pattern, 1, compiled.flags)


def test_it_is_compiled_by_its_first_use():
    late = lazy_pattern("(")
    with pytest.raises(re.error):
        late.match("")


def test_what_a_pattern_lacks_it_lacks_too():
    with pytest.raises(AttributeError):
        lazy_pattern("a").matches  # noqa: B018
