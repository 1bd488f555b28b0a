"""Noise that is the same everywhere."""

from __future__ import annotations

import numpy as np
import pytest

from sbv2cli.engine import noise


def test_recorded_values():
    # Recorded from this implementation: a change here changes every rendered book.
    values = noise.normals(noise.line_key(0, "こんにちは", 1), noise.DURATIONS, 4)
    np.testing.assert_allclose(values, np.array(RECORDED, dtype=np.float32), rtol=0, atol=1e-6)


def test_a_longer_draw_begins_with_a_shorter_one():
    key = noise.line_key(1, "a", 1)
    assert np.array_equal(noise.normals(key, 1, 1000)[:17], noise.normals(key, 1, 17))


@pytest.mark.parametrize("other", [(2, "a", 1), (1, "b", 1), (1, "a", 2)])
def test_seed_name_and_take_all_matter(other):
    one = noise.normals(noise.line_key(1, "a", 1), 0, 100)
    two = noise.normals(noise.line_key(*other), 0, 100)
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.4


def test_keys_do_not_run_together():
    assert noise.line_key(1, "2\x1f3", 4) != noise.line_key(12, "\x1f3", 4)


def test_streams_do_not_overlap():
    key = noise.line_key(1, "a", 1)
    one, two = noise.normals(key, 0, 50_000), noise.normals(key, 1, 50_000)
    assert not set(one.tolist()) & set(two.tolist()) or np.abs(np.corrcoef(one, two)[0, 1]) < 0.02


def test_it_is_normal():
    values = noise.normals(noise.line_key(7, "x", 1), 1, 400_000).astype(np.float64)
    assert abs(values.mean()) < 0.005
    assert abs(values.std() - 1) < 0.005
    assert abs((values**3).mean()) < 0.02
    assert abs((values**4).mean() - 3) < 0.05
    assert np.isfinite(values).all()


RECORDED = [1.32200754, -1.16206992, -0.33787572, 0.15711997]
