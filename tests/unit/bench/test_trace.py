"""Spans of calls, summed and laid over each other."""

from __future__ import annotations

import pytest

from sbv2cli.bench import trace
from sbv2cli.bench.trace import Span

TWO_THREADS = [Span(4.0, 5.0), Span(0.0, 2.0), Span(1.0, 3.0), Span(1.5, 2.5)]


def test_seconds_of_threads_are_summed():
    assert trace.total(TWO_THREADS) == pytest.approx(6)


def test_seconds_of_the_clock_count_once():
    assert trace.covered(TWO_THREADS) == pytest.approx(4)


def test_nothing_covers_nothing():
    assert trace.covered([]) == trace.total([]) == 0
