"""What can be said of a cluster, and given to its machines, without one."""

from __future__ import annotations

import importlib.util
import os
import pickle
import socket
import tempfile

import numpy as np
import pytest
import tiny_voice

from sbv2cli.errors import MachineError, UsageError
from sbv2cli.executors.carried import PIECE, Carried, carried, pieces, place_for, received
from sbv2cli.executors.cluster import about_this, answers, refuse_other, shape
from sbv2cli.executors.executor import NO_CLUSTER, Cluster, check
from sbv2cli.executors.local import LocalExecutor
from sbv2cli.executors.serving import ActorServer
from sbv2cli.executors.speaking import Speak
from sbv2cli.voices.files import all_of

CPUS, GPUS = {"CPU": 8.0}, {"CPU": 8.0, "GPU": 2.0}


@pytest.mark.parametrize(
    ("asked", "nodes", "device", "found"),
    [
        (Cluster(), [CPUS, CPUS], "auto", (16, 1, 0)),
        (Cluster(cpus=3), [CPUS, CPUS], "auto", (4, 3, 0)),  # a machine has whole workers
        (Cluster(), [CPUS, GPUS], "auto", (2, 1, 1)),
        (Cluster(), [CPUS, GPUS], "cpu", (16, 1, 0)),
        (Cluster(gpus=0.5), [GPUS], "cuda", (4, 1, 0.5)),
        (Cluster(workers=100), [CPUS], "auto", (100, 1, 0)),  # more machines may come
    ],
)
def test_workers_are_as_many_as_there_is_room_for(asked, nodes, device, found):
    each = shape(asked, nodes, device)
    assert (each.count, each.cpus, each.gpus) == found


@pytest.mark.parametrize(
    ("asked", "device"), [(Cluster(cpus=9), "auto"), (Cluster(), "cuda"), (Cluster(cpus=0), "cpu")]
)
def test_where_no_worker_fits_it_is_said(asked, device):
    with pytest.raises(MachineError, match=r"cluster\.small"):
        shape(asked, [CPUS], device)


def test_other_versions_are_refused_and_both_named():
    ours = {"sbv2": "1.2.0", "Python": "3.11.7", "torch": "2.13.0+cpu"}
    refuse_other({**ours, "host": "a"}, ours)
    refuse_other({**ours, "Python": "3.11.2", "torch": "2.13.0+cu128", "host": "a"}, ours)
    for name, theirs in (("sbv2", "1.1.9"), ("Python", "3.12.7"), ("torch", "none")):
        with pytest.raises(MachineError, match=r"cluster\.version") as met:
            refuse_other({**ours, name: theirs, "host": "far"}, ours)
        said = met.value.message
        assert "far" in said
        assert ours[name] in said
        assert theirs == "none" or theirs in said
    assert about_this("torch")["torch"] != "none"


def test_an_address_where_nobody_listens_is_found_at_once():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        for address in (f"127.0.0.1:{port}", f"ray://127.0.0.1:{port}"):
            with pytest.raises(OSError, match="refused"):
                answers(address)
        free.listen()
        answers(f"127.0.0.1:{port}")
        answers(f"ray://127.0.0.1:{port}")
    answers("auto")


def test_options_of_a_cluster_are_of_ray():
    check("local", NO_CLUSTER, device="cuda:0", threads=2)
    if importlib.util.find_spec("ray"):
        check("ray", Cluster(workers=2), device="cuda", threads=None)
    for name, cluster, device, threads, code in (
        ("local", Cluster(address="auto"), "auto", None, "executor.cluster"),
        ("processes", Cluster(gpus=1), "auto", None, "executor.cluster"),
        ("processes", NO_CLUSTER, "cuda", None, "executor.device"),
        ("ray", NO_CLUSTER, "cuda:0,cuda:1", None, "executor.device"),
        ("ray", NO_CLUSTER, "auto", 2, "executor.threads"),
    ):
        with pytest.raises(UsageError, match=code):
            check(name, cluster, device=device, threads=threads)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Where this machine keeps voices that it is given."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "there"))
    (tmp_path / "there").mkdir()
    return tmp_path


def on_the_way(what: Carried) -> dict[str, list[bytes]]:
    return {name: list(pieces(what.folder / name)) for name, _ in what.files}


def test_a_machine_without_the_voice_is_given_it(here):
    bundle = tiny_voice.opened(here / "voice")
    (here / "voice" / "D_100.pth").write_bytes(b"a discriminator")
    (here / "voice" / "voice_e2_s60.safetensors").write_bytes(b"an older checkpoint")
    spec = tiny_voice.spec_of(bundle)
    lines = [tiny_voice.utterance(bundle, n, phones=5) for n in range(3)]
    expected = {m.id: m.result.samples for m in LocalExecutor().speak((spec, u) for u in lines)}
    what = pickle.loads(pickle.dumps(carried(spec.bundle, all_of(bundle.parts))))
    assert {name for name, _ in what.files} == {
        *("config.json", "style_vectors.npy", "voice_e3_s120.safetensors")
    }
    data = on_the_way(what)
    server = ActorServer(lambda piece: piece)
    assert server.call("has", (what,)) is True
    (here / "voice").rename(here / "elsewhere")
    assert server.call("has", (what,)) is False
    place = server.call("receive", (what, data))
    assert place.name == "voice"
    assert (here / "there").resolve() in place.resolve().parents
    before = {file: file.stat().st_mtime_ns for file in place.iterdir()}
    assert received(what, {}) == place  # another worker of the machine: nothing is fetched
    assert {file: file.stat().st_mtime_ns for file in place.iterdir()} == before
    server.call("take", (0, Speak(spec), {spec.bundle: place}))
    for measured in server.call("done", (0, lines)):
        assert np.array_equal(measured.result.samples, expected[measured.id])


def test_what_is_damaged_here_is_not_taken(here):
    bundle = tiny_voice.opened(here / "voice")
    what = carried(bundle.path)
    data = on_the_way(what)
    weights = bundle.weights
    weights.write_bytes(bytes(weights.stat().st_size))
    assert not what.here()
    place = received(what, data)
    (place / weights.name).write_bytes(b"half")
    assert received(what, data) == place
    assert (place / weights.name).read_bytes() == b"".join(data[weights.name])


def test_files_travel_in_pieces(here):
    path = here / "large"
    path.write_bytes(os.urandom(PIECE + 5))
    assert list(map(len, pieces(path))) == [PIECE, 5]
    assert b"".join(pieces(path)) == path.read_bytes()


def test_of_the_weights_of_bert_one_kind_travels(here):
    for name in ("config.json", "model.safetensors", "pytorch_model.bin", "vocab.txt"):
        (here / name).write_bytes(name.encode())
    names = [name for name, _ in carried(here).files]
    assert names == ["config.json", "model.safetensors", "vocab.txt"]


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="owners of files")
def test_nobody_else_writes_into_the_folder(here):
    what = Carried(path=here, folder=here, files=())
    place_for(what)
    root = next((here / "there").iterdir())
    assert root.stat().st_mode & 0o077 == 0


def test_an_error_of_a_worker_comes_back(here):
    bundle = tiny_voice.opened(here / "voice")
    spec = tiny_voice.spec_of(bundle)
    bundle.weights.write_bytes(b"nothing")
    met = ActorServer(bytes).call("take", (0, Speak(spec), {}))
    assert isinstance(met, Exception)
    assert "voice.weights-broken" in str(met)
