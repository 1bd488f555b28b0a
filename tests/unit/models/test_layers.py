"""What the blocks promise beyond the recorded cases."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sbv2cli.models.layers import attention, splines
from sbv2cli.models.layers.flows import Coupling, Flow
from sbv2cli.models.layers.wavenet import WaveNet


def naive_band(values, length, start):
    full = torch.zeros(values.shape[0], length)
    for row in range(values.shape[0]):
        for r in range(2 * attention.WINDOW + 1):
            column = start + row + r - attention.WINDOW
            if 0 <= column < length:
                full[row, column] = values[row, r]
    return full


@pytest.mark.parametrize(("rows", "length", "start"), [(1, 1, 0), (5, 5, 0), (3, 9, 2), (4, 12, 8)])
def test_bands_land_on_the_diagonal(rows, length, start):
    band = torch.randn(rows, 2 * attention.WINDOW + 1)
    full = attention.banded_to_full(band[None, None], length, start)[0, 0]
    expected = naive_band(band, length, start)
    torch.testing.assert_close(full, expected)
    weights = torch.randn(rows, length)
    back = attention.full_to_banded(weights[None, None], start, attention.WINDOW)[0, 0]
    torch.testing.assert_close((full * weights).sum(), (back * band).sum())


def test_long_lines_attend_in_rows_alike(monkeypatch):
    module = attention.RelativeAttention(8, 2).eval()
    x = torch.randn(2, 8, 37)
    mask = (torch.arange(37) < torch.tensor([[37], [20]])).float()[:, None]
    with torch.inference_mode():
        whole, alone = module(x, mask), module(x, None)
        monkeypatch.setattr(attention, "QUERY_ROWS", 10)
        torch.testing.assert_close(module(x, mask) * mask, whole * mask, rtol=0, atol=2e-6)
        torch.testing.assert_close(module(x, None), alone, rtol=0, atol=2e-6)


@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_splines_invert(seed):
    generator = torch.Generator().manual_seed(seed)
    values = 4 * torch.randn(50, generator=generator, dtype=torch.float64)
    parameters = torch.randn(50, splines.PARAMETERS, generator=generator, dtype=torch.float64)
    bent, slope = splines.forward(values, parameters)
    back, slope_back = splines.inverse(bent, parameters)
    torch.testing.assert_close(back, values, rtol=0, atol=1e-6)
    torch.testing.assert_close(slope_back, -slope, rtol=0, atol=1e-5)


@pytest.mark.parametrize("edge", [-5.0, 5.0, -5.000001, 5.000001, 100.0, 0.0])
def test_splines_at_the_edges(edge):
    parameters = torch.randn(1, splines.PARAMETERS)
    bent, slope = splines.forward(torch.tensor([edge]), parameters)
    assert torch.isfinite(bent).all()
    assert torch.isfinite(slope).all()
    if abs(edge) >= 5:
        torch.testing.assert_close(bent, torch.tensor([edge]), rtol=0, atol=1e-4)


def test_a_spline_without_any_value_inside_is_the_identity():
    values = torch.tensor([7.0, -9.0])
    bent, slope = splines.forward(values, torch.randn(2, splines.PARAMETERS))
    assert torch.equal(bent, values)
    assert torch.equal(slope, torch.zeros(2))


def test_the_flow_reverses_itself():
    torch.manual_seed(0)
    flow = Flow(Coupling(6, 10, WaveNet(10, 5, 1, 2, 3)) for _ in range(4))
    for parameter in flow.parameters():
        torch.nn.init.normal_(parameter, 0, 0.2)
    x, speaker = torch.randn(2, 6, 30), torch.randn(2, 3, 1)
    mask = (torch.arange(30) < torch.tensor([[30], [17]])).float()[:, None]
    there = flow(x * mask, mask, speaker)
    torch.testing.assert_close(flow.reverse(there, mask, speaker), x * mask, rtol=0, atol=1e-4)
