"""Lists of devices: what their names tell, before any library is asked."""

from __future__ import annotations

import pytest

from sbv2cli.engine import devices
from sbv2cli.errors import MachineError, UsageError


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("auto", ("auto",)),
        ("cpu", ("cpu",)),
        ("cuda:1", ("cuda:1",)),
        ("cpu,cpu", ("cpu", "cpu")),
        ("cuda:0, cuda:1", ("cuda:0", "cuda:1")),
        ("cpu,tpu", ("cpu", "tpu")),  # whoever opens it knows what there is
    ],
)
def test_a_list_is_its_names(written, names):
    assert devices.named(written) == names
    assert devices.present(written, lambda: 0) == names


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("cuda,cuda:0", "cuda:0 twice"),
        ("cuda:1,cuda:0,cuda:1", "cuda:1 twice"),
        ("cpu,cuda", "mixes the CPU"),
        ("auto,cpu", '"auto" among'),
        ("cuda:all,cuda:1", '"cuda:all" among'),
    ],
)
def test_lists_that_make_no_sense(written, said):
    with pytest.raises(UsageError, match=said) as caught:
        devices.named(written)
    assert caught.value.code == "device.list"
    assert caught.value.hint


def test_all_are_as_many_as_there_are():
    assert devices.present("cuda:all", lambda: 3) == ("cuda:0", "cuda:1", "cuda:2")
    with pytest.raises(MachineError, match="0 found") as caught:
        devices.present("cuda:all", lambda: 0)
    assert caught.value.code == "device.missing"
