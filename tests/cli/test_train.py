"""`sbv2 train` as a person calls it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest
import tiny_dataset
import torch
from stage import Sbv2  # noqa: TC002 - stands with the others


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def test_from_recordings_to_a_voice(sbv2: Sbv2, stage):
    tiny_dataset.recordings(stage)
    said = sbv2("train", "prepare", "audio", "table.csv", "-o", "data", "--recipe", "tiny",
                "--validation", "1")  # fmt: skip
    assert said.status == 0
    assert "5 clips to learn from and 1 to listen to" in said.talk
    tiny_dataset.shrink(stage / "data")
    said = sbv2("--json", "train", "fit", "data", "-o", "run", "--steps", "2", "--log-every", "1",
                "--device", "cpu", "--set", "ema=0.5", "--progress", "plain")  # fmt: skip
    assert said.status == 0
    result = json.loads(said.data)
    assert result["finished"] is True
    assert result["step"] == 2
    assert "step 1 of 2, epoch 0" in said.talk
    assert "steps/s" in said.talk
    again = sbv2("train", "fit", "data", "-o", "run", "--steps", "2", "--device", "cpu")
    assert "going on from step 2" in again.talk
    more = sbv2("--json", "train", "resume", "run", "--steps", "3")
    assert json.loads(more.data)["step"] == 3
    assert sbv2("voices", "show", "run/voice").status == 0


def test_progress_as_json(sbv2: Sbv2, stage):
    out, _ = tiny_dataset.dataset(stage)
    said = sbv2("train", "fit", out, "-o", "run", "--steps", "1", "--log-every", "1",
                "--device", "cpu", "--progress", "json")  # fmt: skip
    events = [json.loads(line) for line in said.talk.splitlines() if line.startswith("{")]
    assert events[0]["step"] == events[0]["steps"] == 1
    assert events[0]["losses"]["mel"] > 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("prepare", "audio", "none.csv", "-o", "data"), "train.transcript-missing"),
        (("prepare", "none", "table.csv", "-o", "data"), "train.audio-folder"),
        (("prepare", "audio", "table.csv", "-o", "d", "--recipe", "smal"), "train.recipe"),
        (("fit", "audio", "-o", "run"), "train.dataset-missing"),
        (("fit", "audio", "-o", "run", "--set", "ema"), "usage.set"),
        (("resume", "audio"), "train.run-missing"),
    ],
)
def test_mistakes_are_said_with_a_code(sbv2: Sbv2, stage, arguments, code):
    tiny_dataset.recordings(stage)
    said = sbv2("train", *arguments)
    assert said.status == 2
    assert f"error[{code}]" in said.talk


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("ema=x", '"ema" is "x", wanted a number'),
        ("ema=5", '"ema" is "5", wanted a number from 0 to below 1'),
        ("c_mel=nan", '"c_mel" is "nan", wanted a number'),
        ("freeze_style=maybe", '"freeze_style" is "maybe", wanted true or false'),
        ("steps=0", '"steps" is "0", wanted a number above 0'),
        ("seed=1.5", '"seed" is "1.5", wanted a whole number'),
        ("stage=foo", '"stage" is "foo", wanted one of joint, vocoder, text, prior, speech'),
        ("betas=1,2,3", '"betas" is "1,2,3", wanted 2 numbers from 0 to below 1'),
        ("boundaries=16", '"boundaries" is "16", wanted two or more rising whole numbers'),
        ("boundaries=90,16", '"boundaries" is "90,16", wanted two or more rising whole numbers'),
        ("emma=0.9", 'there is no training setting "emma"'),
    ],
)
def test_a_value_of_set_is_looked_for_there(sbv2: Sbv2, stage, written: str, told: str):
    out, _ = tiny_dataset.dataset(stage)
    said = sbv2("train", "fit", out, "-o", "run", "--device", "cpu", "--set", written)
    assert said.status == 2
    key = written.partition("=")[0]
    assert said.talk.splitlines()[:2] == [f"error[train.setting]: {told}", f"  at: --set {key}"]


def test_a_value_of_the_dataset_is_looked_for_in_its_file(sbv2: Sbv2, stage):
    out, _ = tiny_dataset.dataset(stage)
    config = json.loads((out / "config.json").read_text("utf-8"))
    config["train"]["ema"] = "x"
    (out / "config.json").write_text(json.dumps(config), "utf-8")
    said = sbv2("train", "fit", out, "-o", "run", "--device", "cpu", "--set", "steps=1")
    assert f"  at: {out / 'config.json'}\n" in said.talk
    zero = sbv2("train", "fit", out, "-o", "run", "--learning-rate", "0")
    assert zero.status == 2
    assert "--learning-rate" in zero.talk


def test_a_terminated_run_leaves_a_checkpoint(spawn, stage):
    out, _ = tiny_dataset.dataset(stage)
    process = spawn("train", "fit", out, "-o", "run", "--steps", "100000", "--log-every", "1",
                    "--device", "cpu", "--progress", "json")  # fmt: skip
    assert process.stderr.readline().startswith(b"{")
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 143
    assert b"run the same command again" in said
    (saved,) = (stage / "run" / "checkpoints").glob("step_*.pt")
    # What was learned so far speaks, at the step of the checkpoint.
    (voice,) = (stage / "run" / "voice").glob("*.safetensors")
    assert int(voice.stem.rpartition("_s")[2]) == int(saved.stem.rpartition("_")[2])
    assert b"it speaks so far: run/voice" in said


def test_help_needs_no_torch():
    script = (
        "import sys\n"
        "from sbv2cli.cli.main import sbv2\n"
        "sbv2.main(['train', 'fit', '--help'], standalone_mode=False)\n"
        "assert not {'torch', 'numpy'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, stdout=subprocess.DEVNULL)
