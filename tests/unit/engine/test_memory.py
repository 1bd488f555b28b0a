"""What a process holds: one heap, oneDNN's programs, and objects that stay."""

from __future__ import annotations

import gc
import os
import subprocess
import sys

import pytest

from sbv2cli.engine import memory

COUNT = """
import ctypes, threading
from sbv2cli.engine.torch import backend as torch_backend
import torch
torch.randn(800, 800) @ torch.randn(800, 800)
def work():
    torch.set_num_threads(1)
    torch.randn(300, 300) @ torch.randn(300, 300)
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
libc = ctypes.CDLL(None)
libc.open_memstream.restype = ctypes.c_void_p
text, size = ctypes.c_char_p(), ctypes.c_size_t()
stream = ctypes.c_void_p(libc.open_memstream(ctypes.byref(text), ctypes.byref(size)))
libc.malloc_info(0, stream)
libc.fclose(stream)
print(text.value.decode().count("<heap nr="))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's heaps")
def test_threads_share_one_heap():
    counted = subprocess.run(
        [sys.executable, "-c", COUNT], capture_output=True, text=True, check=True
    )
    assert counted.stdout.strip() == "1"


def test_nothing_is_collected_while_all_is_kept():
    assert gc.isenabled()
    with memory.keep_all():
        assert not gc.isenabled()
        with memory.keep_all():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ValueError, match="torn"), memory.keep_all():
        raise ValueError("torn")
    assert gc.isenabled()


@pytest.mark.parametrize(("before", "after"), [(None, "4096"), ("17", "17")])
def test_programs_are_kept_unless_it_is_said_otherwise(monkeypatch, before, after):
    monkeypatch.delenv(memory.PROGRAMS_KEPT, raising=False)
    if before is not None:
        monkeypatch.setenv(memory.PROGRAMS_KEPT, before)
    memory.keep_programs()
    assert os.environ[memory.PROGRAMS_KEPT] == after
