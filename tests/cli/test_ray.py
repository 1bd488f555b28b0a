"""Lines are made on a real cluster of two machines: files equal those of one process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from stage import Sbv2, files, rows, script

from sbv2cli.version import VERSION

ray = pytest.importorskip("ray")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="clusters of Ray"),
    # Ray leaves sockets and files of its servers to the end of the process.
    pytest.mark.filterwarnings("ignore"),
]
PATIENCE = 240

TEXTS = (
    "おはようございます。",
    "今日はいい天気ですね。散歩に行きましょう。",
    "はい。",
    "漢字の読みを確かめます。",
    "また明日。",
)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two machines with little memory for objects; nothing is reported to anybody."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_AUTH_MODE", "disabled")
        from ray.cluster_utils import Cluster

        machine = {"num_cpus": 2, "object_store_memory": 80 << 20, "include_dashboard": False}
        started = Cluster(initialize_head=True, head_node_args=machine)
        started.add_node(**machine)
        yield started
        started.shutdown()


@pytest.fixture
def on(cluster: Any) -> tuple[str, ...]:
    """Options that send a script there."""
    return ("--executor", "ray", "--address", cluster.address)


def sheet(count: int, voices: tuple[str, ...] = ("hana", "ken")) -> str:
    return "id,text,voice,volume\n" + "".join(
        f"r{n},{TEXTS[n % len(TEXTS)]}{n // 9},{voices[n % len(voices)]},{-3 * (n % 2)}\n"
        for n in range(count)
    )


def test_files_of_all_executors_are_equal(sbv2: Sbv2, on: tuple[str, ...]) -> None:
    script("lines.csv", sheet(40) + "bad,,hana,0\nquiet,……,ken,0\n")
    ways = {
        "local": ("--executor", "local"),
        **{f"p{n}": ("--executor", "processes", "--threads", str(n)) for n in (1, 2, 4)},
        **{f"r{n}": (*on, "--workers", str(n)) for n in (1, 2, 4)},
    }
    for name, options in ways.items():
        result = sbv2("render", "lines.csv", *options, "-o", name)
        assert result.status == 0, result.talk
        assert files(name) == files("local"), name
        assert rows(name) == rows("local"), name
    (text, *more) = sheet(40).splitlines()
    script("lines.csv", "\n".join([text, *more[5:], "new,最後の行です。,ken,0", ""]))
    for name in ("local", "r2"):
        result = sbv2("render", "lines.csv", *(on if name == "r2" else ()), "-o", name)
        assert result.status == 0, result.talk
        assert "1 new" in result.talk
    assert files("r2") == files("local")
    assert rows("r2") == rows("local")


def test_loudness_and_strict_are_as_with_local(sbv2: Sbv2, on: tuple[str, ...]) -> None:
    script("lines.csv", sheet(8, voices=("hana",)))
    for name, options in (("local", ()), ("ray", on)):
        more = ("--gain", "peak:-3dB", "--strict", "--timings", "phones", "--format", "flac")
        sbv2("render", "lines.csv", "-o", name, *more, *options)
    assert files("ray") == files("local")
    assert rows("ray") == rows("local")


def test_a_broken_voice_harms_no_other(sbv2: Sbv2, stage: Path, on: tuple[str, ...]) -> None:
    script("lines.csv", sheet(6))
    (weights,) = (stage / "voices" / "ken").glob("*.safetensors")
    weights.write_bytes(b"nothing")
    found = []
    for name, options in (("local", ()), ("ray", on)):
        result = sbv2("render", "lines.csv", *options, "-o", name)
        codes = {id_: (row.get("error") or {}).get("code") for id_, row in rows(name).items()}
        found.append((result.status, codes, files(name)))
    assert found[0] == found[1]
    assert set(found[0][1].values()) == {None, "voice.weights-broken"}


def test_a_dataset_of_texts_is_spoken(stage: Path, cluster: Any) -> None:
    pytest.importorskip("pyarrow")
    import numpy as np

    import sbv2cli
    from sbv2cli.ray import speak

    texts = [*TEXTS, "♪", "はい。"]
    ray.init(address=cluster.address, log_to_driver=False)
    try:
        dataset = ray.data.from_items([{"n": n, "text": text} for n, text in enumerate(texts)])
        found = speak(dataset, voice="voices/hana", column="text", workers=2).take_all()
    finally:
        ray.shutdown()
    voice = sbv2cli.load_voice("voices/hana", device="cpu", threads=1)
    for row, sound in zip(sorted(found, key=lambda row: row["n"]), voice.speak(texts), strict=True):
        assert row["text"] == sound.line.text
        assert row["rate"] == sound.rate
        assert row["error"] == (sound.failure.code if sound.failure else "")
        assert np.array_equal(np.asarray(row["audio"], dtype=np.float32), sound.samples)


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def made(folder: str) -> int:
    return sum(1 for _ in Path(folder).glob("*.wav"))


def test_a_machine_that_is_lost_costs_only_time(
    sbv2: Sbv2, spawn: Callable[..., subprocess.Popen[bytes]], cluster: Any, on: tuple[str, ...]
) -> None:
    script("lines.csv", sheet(150))
    assert sbv2("render", "lines.csv", "-o", "local").status == 0
    other = cluster.add_node(num_cpus=2, object_store_memory=80 << 20)
    run = spawn("render", "lines.csv", "-o", "out", *on, "--workers", "6", "--quiet")
    until(lambda: made("out") > 8 or run.poll() is not None)
    cluster.remove_node(other, allow_graceful=False)
    said, talk = run.communicate(timeout=PATIENCE)
    assert run.returncode == 0, talk
    assert b"ray" not in said
    assert files("out") == files("local")
    assert rows("out") == rows("local")


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_was_ended_goes_on(
    sbv2: Sbv2,
    spawn: Callable[..., subprocess.Popen[bytes]],
    on: tuple[str, ...],
    end: signal.Signals,
) -> None:
    script("lines.csv", sheet(100))
    assert sbv2("render", "lines.csv", "-o", "local").status == 0
    run = spawn("render", "lines.csv", "-o", "out", *on)
    until(lambda: made("out") > 5 or run.poll() is not None)
    run.send_signal(end)
    run.communicate(timeout=PATIENCE)
    assert run.returncode == (-9 if end == signal.SIGKILL else 130)
    assert made("out") < len(rows("local"))
    again = sbv2("render", "lines.csv", "-o", "out", *on)
    assert again.status == 0, again.talk
    assert files("out") == files("local")


def test_a_worker_of_another_version_is_refused(
    sbv2: Sbv2, cluster: Any, on: tuple[str, ...], tmp_path: Path
) -> None:
    other = tmp_path / "other" / "sbv2cli"
    other.mkdir(parents=True)
    (other / "__init__.py").touch()
    (other / "version.py").write_text('VERSION = "9.9.9"\n', encoding="utf-8")
    machine = cluster.add_node(
        num_cpus=3, object_store_memory=80 << 20, env_vars={"PYTHONPATH": str(other.parent)}
    )
    script("lines.csv", sheet(3))
    result = sbv2("render", "lines.csv", *on, "--worker-cpus", "3")  # only there is room
    cluster.remove_node(machine)
    assert result.status == 4
    assert "cluster.version" in result.talk
    assert "sbv2 9.9.9" in result.talk
    assert f"sbv2 {VERSION}" in result.talk
    assert not list(Path("out").glob("*.wav"))


def test_a_cluster_of_ones_own_leaves_nothing(
    sbv2: Sbv2,
    stage: Path,
    spawn: Callable[..., subprocess.Popen[bytes]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    home = stage / "home"
    home.mkdir()
    monkeypatch.setenv("TMPDIR", "/tmp")
    monkeypatch.setenv("HOME", str(home))
    script("lines.csv", sheet(400))
    before = set(Path("/tmp").glob("sbv2-ray-*"))
    run = spawn("render", "lines.csv", "-o", "out", "--executor", "ray", "--workers", "2")
    until(lambda: made("out") > 5 or run.poll() is not None)
    run.send_signal(signal.SIGINT)
    said, talk = run.communicate(timeout=PATIENCE)
    assert run.returncode == 130, talk
    assert said in (b"", b"out/manifest.jsonl\n")
    # The dictionary of the Japanese engine is unpacked there; nothing of Ray's is.
    assert {path.name for path in home.iterdir()} <= {".cache"}
    until(lambda: set(Path("/tmp").glob("sbv2-ray-*")) <= before)


def test_what_ray_cannot_do_is_refused(sbv2: Sbv2) -> None:
    script("lines.csv", sheet(3))
    for options, code in (
        (("--executor", "ray", "--device", "cuda:1"), "executor.device"),
        (("--executor", "ray", "--threads", "2"), "executor.threads"),
        (("--workers", "2"), "executor.cluster"),
        (("--executor", "ray", "--address", "127.0.0.1:1"), "cluster.unreachable"),
    ):
        result = sbv2("render", "lines.csv", *options)
        assert result.status in (2, 4)
        assert code in result.talk, result.talk
        assert not list(Path("out").glob("*.wav"))


def test_without_ray_the_way_to_get_it_is_said(
    spawn: Callable[..., subprocess.Popen[bytes]], stage: Path
) -> None:
    # A finder that knows no ray, as an installation without it.
    (stage / "sitecustomize.py").write_text(
        "import importlib.util as u; f = u.find_spec\n"
        "u.find_spec = lambda name, *a: None if name == 'ray' else f(name, *a)\n"
    )
    script("lines.csv", sheet(3))
    run = spawn(
        *("render", "lines.csv", "--executor", "ray"),
        env={**os.environ, "PYTHONPATH": f"{stage}:{os.environ.get('PYTHONPATH', '')}"},
    )
    _, talk = run.communicate(timeout=PATIENCE)
    assert run.returncode == 4
    assert b"extra.missing" in talk
    assert b"sbv2cli[ray]" in talk
