"""One process a core: the same bits as in one process, and a process that dies costs one line."""

from __future__ import annotations

import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import pytest
import tiny_voice
from deadly_line import deadly
from hypothesis import given, settings
from hypothesis import strategies as st

from sbv2cli.errors import EngineError, MachineError, UsageError, VoiceError
from sbv2cli.executors.child import Child
from sbv2cli.executors.local import LocalExecutor
from sbv2cli.executors.pool import DiedError
from sbv2cli.executors.processes import ProcessExecutor
from sbv2cli.executors.speaking import Speak
from sbv2cli.records import LineFailure, Waveform

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")
PATIENCE = 60


@pytest.fixture(scope="module")
def bundles(tmp_path_factory):
    folder = tmp_path_factory.mktemp("voices")
    return [tiny_voice.opened(folder / f"tiny{n}", seed=n) for n in range(2)]


@pytest.fixture(scope="module")
def executor():
    shared = ProcessExecutor()
    yield shared
    shared.close()


def of(bundle, **fields):
    return tiny_voice.spec_of(bundle, **{"threads": 2, **fields})


def spoken(executor, work):
    measured = list(executor.speak(work))
    assert len(measured) == len({each.result.id for each in measured})
    return {each.result.id: each.result for each in measured}


@pytest.mark.slow
@settings(max_examples=10)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(1, 12)), min_size=1, max_size=40))
def test_bits_are_those_of_one_process(bundles, executor, script):
    work = [
        (of(bundles[voice]), tiny_voice.utterance(bundles[voice], n, phones=phones))
        for n, (voice, phones) in enumerate(script)
    ]
    expected = spoken(LocalExecutor(), work)
    found = spoken(executor, work)
    assert found.keys() == expected.keys()
    for name, sound in found.items():
        assert np.array_equal(sound.samples, expected[name].samples)
        assert np.array_equal(sound.phone_frames, expected[name].phone_frames)


def test_as_many_processes_as_asked_for_stay(bundles):
    executor = ProcessExecutor()
    work = [(of(bundles[0]), tiny_voice.utterance(bundles[0], n, phones=5)) for n in range(40)]
    spoken(executor, work)
    pids = executor.pids
    assert 1 <= len(pids) <= 2
    spoken(executor, work)
    assert set(pids) <= set(executor.pids)
    executor.close()
    assert not any(map(alive, pids))


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # One that waits to be looked after by a parent that is gone counts as dead.
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] not in "ZX"


def wait_until(true):
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("way", "shown", "code"),
    [
        ("abort", "SIGABRT", "engine.worker-died"),
        ("fault", "SIGSEGV", "engine.worker-died"),
        ("kill", "SIGKILL", "device.memory"),
        ("exit", "exit status 7", "engine.worker-died"),
    ],
)
def test_a_line_that_kills_twice_fails_alone(bundles, executor, way, shown, code):
    lines = [tiny_voice.utterance(bundles[0], n, phones=4) for n in range(30)]
    lines[7] = deadly(bundles[0], 7, way)
    work = [(of(bundles[0]), line) for line in lines]
    found = spoken(executor, work)
    failure = found.pop("line-7")
    assert isinstance(failure, LineFailure)
    assert failure.code == code
    assert shown in failure.message
    assert failure.hint
    expected = spoken(LocalExecutor(), [(spec, u) for spec, u in work if u.id != "line-7"])
    assert found.keys() == expected.keys()
    for name, sound in found.items():
        assert np.array_equal(sound.samples, expected[name].samples)


def test_a_line_whose_process_died_once_is_spoken(bundles, executor, tmp_path):
    lines = [tiny_voice.utterance(bundles[0], n, phones=4) for n in range(20)]
    lines[11] = deadly(bundles[0], 11, "kill", once=tmp_path / "died")
    found = spoken(executor, [(of(bundles[0]), line) for line in lines])
    assert (tmp_path / "died").exists()
    assert all(isinstance(sound, Waveform) for sound in found.values())


def test_a_process_killed_from_outside_costs_nothing(bundles):
    executor = ProcessExecutor()
    work = [(of(bundles[0]), tiny_voice.utterance(bundles[0], n, phones=9)) for n in range(200)]
    results = executor.speak(work)
    first = next(results)
    os.kill(executor.pids[0], signal.SIGKILL)
    rest = [each.result for each in results]
    assert {first.result.id, *(result.id for result in rest)} == {u.id for _, u in work}
    assert all(isinstance(result, Waveform) for result in rest)
    executor.close()


def test_a_process_may_die_in_the_middle_of_a_result(bundles):
    child = Child("torch")
    child.end()
    ours, theirs = socket.socketpair()
    theirs.send(struct.pack("!i", 1000) + b"the beginning")
    theirs.shutdown(socket.SHUT_WR)
    child._connection = Connection(ours.detach())
    with theirs, pytest.raises(DiedError):
        list(child.run(Speak(of(bundles[0])), []))


def test_a_voice_that_cannot_be_opened_fails_its_own_lines(bundles, executor, tmp_path):
    broken = tiny_voice.opened(tmp_path / "broken")
    broken.weights.write_bytes(b"nothing")
    work = [
        (of(bundle), tiny_voice.utterance(bundle, n, phones=3))
        for n, bundle in ((n, (bundles[0], broken)[n % 2]) for n in range(8))
    ]
    found = spoken(executor, work)
    codes = {r.code for r in found.values() if isinstance(r, LineFailure)}
    assert codes == {"voice.weights-broken"}
    assert sum(isinstance(result, Waveform) for result in found.values()) == 4
    with pytest.raises(VoiceError, match=r"voice\.weights-broken"):
        executor.open(of(broken))
    executor.open(of(bundles[0]))


def test_a_voice_that_kills_whoever_opens_it_is_given_up(bundles, tmp_path):
    executor = ProcessExecutor()
    # Opening a named pipe waits for somebody who writes into it: time enough to be killed.
    voice = tiny_voice.opened(tmp_path / "voice")
    (tmp_path / "voice" / "config.json").unlink()
    os.mkfifo(tmp_path / "voice" / "config.json")
    killed = []
    over = threading.Event()

    def kill():
        while not over.wait(0.05):
            for pid in executor.pids:
                if pid not in killed and alive(pid):
                    killed.append(pid)
                    os.kill(pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        spec = of(voice)
        found = spoken(executor, [(spec, tiny_voice.utterance(voice, n, phones=3)) for n in (1, 2)])
        with pytest.raises(EngineError, match=r"device\.memory"):
            executor.open(spec)
    finally:
        over.set()
        killer.join()
        executor.close()
    assert {result.code for result in found.values()} == {"device.memory"}
    assert 2 <= len(killed) <= 4


def test_what_the_machine_lacks_is_raised(bundles, executor):
    line = tiny_voice.utterance(bundles[0], 1, phones=3)
    with pytest.raises(MachineError, match=r"precision\.missing"):
        list(executor.speak([(of(bundles[0], precision="tf32"), line)]))
    with pytest.raises(UsageError, match=r"executor\.device"):
        list(executor.speak([(of(bundles[0], device="cuda:0"), line)]))
    assert isinstance(spoken(executor, [(of(bundles[0]), line)])["line-1"], Waveform)


def test_who_stops_listening_leaves_nothing_behind(bundles):
    executor = ProcessExecutor()
    stuck = [(of(bundles[0]), deadly(bundles[0], n, "sleep")) for n in range(1000, 1400)]
    work = [(of(bundles[0]), tiny_voice.utterance(bundles[0], n, phones=30)) for n in range(12)]
    results = executor.speak([*work, *stuck])
    next(results)
    pids = executor.pids
    results.close()
    assert not any(map(alive, pids))
    assert not [t for t in threading.enumerate() if t.name.startswith("sbv2-worker")]
    # The executor itself goes on.
    assert len(spoken(executor, work)) == len(work)
    executor.close()


PARENT = """
import sys, tiny_voice
from deadly_line import deadly
from pathlib import Path
from sbv2cli.executors.pool import DiedError
from sbv2cli.executors.processes import ProcessExecutor
from sbv2cli.executors.speaking import Speak
from sbv2cli.voices.bundle import open_bundle

if __name__ == "__main__":
    bundle = open_bundle(Path(sys.argv[1]))
    executor = ProcessExecutor()
    spec = tiny_voice.spec_of(bundle, threads=2)
    lines = [tiny_voice.utterance(bundle, n, phones=30) for n in range(24)]
    lines += [deadly(bundle, n, "sleep") for n in range(100, 400)]
    for _ in executor.speak((spec, line) for line in lines):
        print(*executor.pids, flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_processes_end_with_their_parent(bundles, tmp_path, end):
    script = tmp_path / "parent.py"
    script.write_text(PARENT, encoding="utf-8")
    path = os.pathsep.join(
        [str(Path(tiny_voice.__file__).parent), os.environ.get("PYTHONPATH", "")]
    )
    parent = subprocess.Popen(
        [sys.executable, str(script), str(bundles[0].path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
        # A shell lets what it starts in the background ignore Ctrl-C, and its children too.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    with parent:
        assert parent.stdout is not None
        pids = {int(pid) for pid in parent.stdout.readline().split()}
        assert pids
        parent.send_signal(end)
        parent.stdout.read()
        assert parent.wait(PATIENCE) != 0
    wait_until(lambda: not any(map(alive, pids)))
