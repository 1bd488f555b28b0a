"""The check of a GPU, on a CPU, so that it is ready when there is one."""

from __future__ import annotations

import json
import subprocess

import pytest
import shell
import torch

from tools import gpu_check


@pytest.mark.slow
def test_every_section_runs_on_a_cpu():
    said = subprocess.run(
        ["bash", "tools/gpu_check.sh", "--device", "cpu", "--sizes", "small", "--lines", "3"],
        cwd=shell.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads(said.stdout)
    sections = report["sections"]
    assert said.returncode == 0, report
    assert list(sections) == [section.__name__ for section in gpu_check.SECTIONS]
    assert sections["goldens"]["stages"] > 100
    assert sections["out_of_memory"]["halved"] > 0
    assert sections["speed"]["small"]["exact"]["ratio"] > 0
    assert sections["cuda_graphs"]["left_out"] == "the device has none"


def test_a_section_that_fails_is_told_and_the_others_go_on(monkeypatch):
    def broken(_):
        raise RuntimeError("boom")

    def good(_):
        return {"passed": True}

    check = gpu_check.Check(device=torch.device("cpu"), lines=1, sizes=())
    monkeypatch.setattr(gpu_check, "SECTIONS", (broken, good))
    report = gpu_check.checked(check)
    assert not report["passed"]
    assert "boom" in report["sections"]["broken"]["error"]
    assert report["sections"]["good"]["passed"]
    late = gpu_check.checked(check, seconds=-1)
    assert late["sections"]["good"] == {"left_out": "the time is over"}
