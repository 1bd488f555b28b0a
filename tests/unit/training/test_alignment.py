"""The search finds the best monotonic path; all its forms find the same one."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sbv2cli.training import alignment


def total(scores, durations):
    index = np.repeat(np.arange(len(durations)), durations)
    return scores[np.arange(len(index)), index].sum()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 5), st.integers(0, 6))
def test_no_other_path_is_better(seed, phones, spare):
    frames = phones + spare
    scores = np.random.default_rng(seed).standard_normal((frames, phones)).astype(np.float32)
    best = alignment.durations_numpy(scores[None], np.array([frames]), np.array([phones]))[0]
    assert best.sum() == frames
    assert best.min() >= 1
    ends = combinations(range(1, frames), phones - 1)
    others = [np.diff([0, *cut, frames]) for cut in ends]
    assert total(scores, best) >= max(total(scores, other) for other in others) - 1e-5


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.booleans())
def test_vectorised_compiled_and_plain_agree(seed, lines, ties):
    rng = np.random.default_rng(seed)
    phones = rng.integers(1, 12, lines)
    frames = phones + rng.integers(0, 20, lines)
    shape = (lines, frames.max(), phones.max())
    scores = rng.standard_normal(shape).astype(np.float32) * 100
    if ties:
        scores = np.round(scores / 100)
    plain = alignment.durations_plain(scores, frames, phones)
    assert np.array_equal(alignment.durations_numpy(scores, frames, phones), plain)
    assert np.array_equal(alignment.best_durations()(scores, frames, phones), plain)


def test_scores_are_log_likelihoods():
    torch.manual_seed(0)
    z, mean, log_scale = torch.randn(2, 6, 9), torch.randn(2, 6, 4), torch.randn(2, 6, 4) * 0.3
    scores = alignment.scores(z, mean, log_scale)
    normal = torch.distributions.Normal(mean[:, :, None], log_scale.exp()[:, :, None])
    wanted = normal.log_prob(z[..., None]).sum(dim=1)
    assert torch.allclose(scores, wanted, atol=1e-4)


def test_a_path_spreads_means_over_frames():
    durations = torch.tensor([[2, 0, 3], [1, 1, 1]])
    path = alignment.path(durations, 6)
    assert path.sum(dim=(1, 2)).tolist() == [5, 3]
    table = torch.tensor([[[1.0, 2.0, 3.0]], [[4.0, 5.0, 6.0]]])
    spread = alignment.spread(table, path)
    assert spread[0, 0].tolist() == [1, 1, 3, 3, 3, 0]
    assert spread[1, 0].tolist() == [4, 5, 6, 0, 0, 0]


def test_search_takes_tensors_and_fades_its_noise():
    scores = torch.zeros(1, 5, 2)
    scores[0, :3, 0] = 1
    scores[0, 3:, 1] = 1
    found = alignment.search(scores, torch.tensor([5]), torch.tensor([2]))
    assert found.tolist() == [[3, 2]]
    assert alignment.noise_scale(0) == 0.01
    assert alignment.noise_scale(5_000_000) == 0
