"""Weight files as they come, and tensors as the engine wants them."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import save_file

from sbv2cli.engine.torch.weights_file import ALIGNMENT, read_tensors


@pytest.mark.parametrize("length", [0, 8, 21])
def test_where_a_tensor_begins_does_not_depend_on_the_files_header(tmp_path, length):
    tensors = {"a": torch.randn(3), "b": torch.randn(5, 7), "c": torch.randn(2).half()}
    path = tmp_path / "voice.safetensors"
    save_file(tensors, path, {"note": "x" * length})
    read = read_tensors(path)
    assert all(torch.equal(read[name], tensor) for name, tensor in tensors.items())
    assert all(tensor.data_ptr() % ALIGNMENT == 0 for tensor in read.values())
