"""Gives the parts of a network the places of which a CPU has something faster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbv2cli import tables

if TYPE_CHECKING:
    import torch

    from sbv2cli.engine.torch.loading import Parts
    from sbv2cli.engine.torch.network import Network


def pack(network: Network, parts: Parts, precision: torch.dtype) -> bool:
    """Replace what can be packed; the network then speaks one line at a time.

    Answers whether all of it computes in this precision. A part that cannot be packed stays as it
    is, in float32.
    """
    packed = 0
    for record, name in ((parts.architecture, "acoustic"), (parts.vocoder, "vocoder")):
        if record.pack is not None:
            faster = tables.load(record.pack)(getattr(network, name), precision)
            if faster is not None:
                setattr(network, name, faster)
                packed += 1
    return packed == 2
