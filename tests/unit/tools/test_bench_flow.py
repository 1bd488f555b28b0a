"""The three ways of the flow are three ways, and the engine's own is left in place."""

import sys

import pytest
import shell
import torch

from sbv2cli.engine.torch.cpu import convolution, flow, windows

sys.path.insert(0, str(shell.ROOT))

from tools import bench_flow

pytestmark = pytest.mark.skipif(
    not convolution.can_pack(torch.bfloat16), reason="this processor does not multiply bfloat16"
)


@pytest.mark.slow
def test_three_ways_speak():
    before = flow.PackedFlow, flow.direct_or_winograd
    chosen = bench_flow.workload.of_size("full", 1)
    made = bench_flow.engines(chosen, None)
    assert (flow.PackedFlow, flow.direct_or_winograd) == before
    kinds = {}
    for name, engine in made.items():
        packed = engine.worker.network.acoustic.flow
        first = packed.couplings[0].network.layers[0].first
        kinds[name] = type(first), first.dtype
    assert kinds == {
        bench_flow.HALF: (windows.WindowedLinear, torch.bfloat16),
        bench_flow.DIRECT: (windows.WindowedLinear, torch.float32),
        bench_flow.WINOGRAD: (windows.WinogradWindows, torch.float32),
    }


def test_shares_are_of_pairs():
    rounds = {
        bench_flow.HALF: [(1.0, 2.0), (3.0, 4.0)],
        bench_flow.WINOGRAD: [(2.0, 2.0), (4.0, 8.0)],
    }
    last = bench_flow.table(rounds).splitlines()[-1]
    assert last == "| float32, Winograd | 3.00, 5.00 | 0.62, 0.75 |"
