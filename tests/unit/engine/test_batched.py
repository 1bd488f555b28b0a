"""Several workers, and batches under way at a time: the same sounds, bounded, and nothing lost."""

from __future__ import annotations

import dataclasses
import threading
from itertools import islice

import numpy as np
import pytest
import tiny_voice
import torch

from sbv2cli.engine import batched, batching, engine
from sbv2cli.engine.backend import features_of
from sbv2cli.engine.batching import Budget
from sbv2cli.engine.bert.features import Features
from sbv2cli.engine.collate import Planned
from sbv2cli.engine.engine import Engine
from sbv2cli.engine.settings import EngineSettings
from sbv2cli.engine.torch import cuda
from sbv2cli.engine.torch.backend import open_worker
from sbv2cli.engine.worker import MemoryGate
from sbv2cli.errors import MachineError, Sbv2Error, UsageError
from sbv2cli.records import LineFailure, Waveform

WINDOW = 12
BUDGET = Budget(length=300, lines=4)
LAYOUTS = [{"together": True, "budget": BUDGET}, {"threads": 2}]
PATIENCE = 20.0  # seconds, until a test that waits for another thread gives up


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return tiny_voice.opened(tmp_path_factory.mktemp("voices") / "tiny")


@pytest.fixture(autouse=True)
def small_windows(monkeypatch):
    monkeypatch.setattr(engine, "WINDOW", WINDOW)
    monkeypatch.setattr(batched, "READ_AT_ONCE", 4)


def together(bundle, device="cpu"):
    return Engine(bundle, EngineSettings(device=device, together=True, budget=BUDGET))


def script(bundle, count):
    return [tiny_voice.utterance(bundle, n, phones=1 + 7 * n % 11) for n in range(count)]


def threads_left():
    return [t for t in threading.enumerate() if t.name.startswith("sbv2-engine")]


def one_after_the_other(machine, lines):
    """The same batches, one at a time in one thread: what lanes must not change."""
    shares = len(machine.workers)
    for start in range(0, len(lines), WINDOW * shares):
        block = lines[start : start + WINDOW * shares]
        for share in filter(None, (block[first::shares] for first in range(shares))):
            planned = [
                line
                for batch in batching.group([len(u.phones) for u in share], BUDGET)
                for line in machine.worker.plan([share[n] for n in batch])
            ]
            for batch in batching.group([line.frames for line in planned], BUDGET):
                yield from machine.worker.render([planned[n] for n in batch])


@pytest.mark.parametrize("device", ["cpu", "cpu,cpu"])
def test_streams_change_no_bit(bundle, device):
    machine = together(bundle, device)
    lines = script(bundle, 3 * WINDOW + 5)
    expected = {s.id: s.samples for s in one_after_the_other(machine, lines)}
    assert len(expected) == len(lines)
    sounds = list(machine.speak(iter(lines)))
    assert sorted(s.id for s in sounds) == sorted(expected)
    for sound in sounds:
        assert np.array_equal(sound.samples, expected[sound.id])
    assert not threads_left()


def test_a_window_is_planned_while_the_one_before_is_rendered(bundle, monkeypatch):
    machine = together(bundle)
    lines = script(bundle, 3 * WINDOW)
    following = {u.id for u in lines[WINDOW:]}
    ahead = threading.Event()
    plan, render = machine.worker.plan, machine.worker.render

    def planning(utterances):
        if any(u.id in following for u in utterances):
            ahead.set()
        return plan(utterances)

    def rendering(planned):
        assert ahead.wait(PATIENCE)
        return render(planned)

    monkeypatch.setattr(machine.worker, "plan", planning)
    monkeypatch.setattr(machine.worker, "render", rendering)
    assert len(list(machine.speak(lines))) == len(lines)


def test_two_batches_are_rendered_at_a_time(bundle, monkeypatch):
    machine = together(bundle)
    both = threading.Barrier(2)
    render = machine.worker.render
    met = []

    def rendering(planned):
        if not met:
            both.wait(PATIENCE)
            met.append(planned)
        return render(planned)

    monkeypatch.setattr(machine.worker, "render", rendering)
    assert len(list(machine.speak(script(bundle, WINDOW)))) == WINDOW
    assert met


@pytest.mark.parametrize("device", ["cpu", "cpu,cpu"])
def test_who_takes_no_sounds_is_not_flooded(bundle, device):
    machine = together(bundle, device)
    workers = len(machine.workers)
    begun = []
    for each in machine.workers:
        render = each.render
        each.render = lambda planned, render=render: begun.append(len(planned)) or render(planned)
    read = 0

    def endless():
        nonlocal read
        while True:
            yield tiny_voice.utterance(bundle, read, phones=1 + read % 11)
            read += 1

    sounds = machine.speak(endless())
    taken = len(list(islice(sounds, 1)))
    threading.Event().wait(0.5)  # whoever would go on has time for it
    held = sum(begun) - taken
    sounds.close()
    # The batches that were just collected, and on each device those under way and one that waits.
    assert held <= 2 * workers * (machine.worker.streams + 1) * BUDGET.lines
    assert read <= 4 * WINDOW * workers
    assert not threads_left()


@pytest.mark.parametrize("half", ["plan", "render"])
def test_what_a_worker_raises_comes_out(bundle, monkeypatch, half):
    machine = together(bundle, "cpu,cpu")

    def broken(_):
        raise ValueError("a worker never raises")

    monkeypatch.setattr(machine.workers[1], half, broken)
    with pytest.raises(ValueError, match="never raises"):
        list(machine.speak(script(bundle, 4 * WINDOW)))
    assert not threads_left()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_the_script_raises_comes_out(bundle, layout):
    machine = Engine(bundle, EngineSettings(device="cpu,cpu", **layout))

    def torn():
        yield from script(bundle, 3 * WINDOW)
        raise OSError("the script ends in the middle")

    with pytest.raises(OSError, match="in the middle"):
        list(machine.speak(torn()))
    assert not threads_left()


def test_a_bad_line_fails_alone_on_any_device(bundle):
    lines = script(bundle, 3 * WINDOW)
    lines[5] = dataclasses.replace(lines[5], speaker=7)
    nan = np.full(256, np.nan, dtype=np.float32)
    lines[20] = dataclasses.replace(lines[20], style=nan)
    answers = {s.id: s for s in together(bundle, "cpu,cpu").speak(lines)}
    assert {i: a.code for i, a in answers.items() if isinstance(a, LineFailure)} == {
        "line-5": "engine.ids",
        "line-20": "engine.durations",
    }
    assert len(answers) == len(lines)


def test_a_full_device_halves_its_own_batches(bundle, monkeypatch):
    machine = together(bundle, "cpu,cpu")
    machine.budget = Budget(length=3000, lines=6)
    sizes = {0: [], 1: []}
    for number, each in enumerate(machine.workers):

        def small(z, lengths, speaker, noise, number=number, forward=each.network.vocoder.forward):
            sizes[number].append(len(z))
            if number == 0 and len(z) > 1:
                raise torch.OutOfMemoryError("out of memory")
            return forward(z, lengths, speaker, noise)

        monkeypatch.setattr(each.network.vocoder, "forward", small)
    answers = list(machine.speak(script(bundle, 4 * WINDOW)))
    assert len(answers) == 4 * WINDOW
    assert all(isinstance(a, Waveform) for a in answers)
    assert max(sizes[1]) > 1


def test_a_line_that_fits_only_alone_waits_for_the_others(bundle, monkeypatch):
    """Room for one batch at a time: two lanes that meet must not cost a line."""
    machine = together(bundle)
    vocoder = machine.worker.network.vocoder
    entered = threading.Lock()
    collisions = []

    def narrow(forward):
        def run(*arguments):
            if not entered.acquire(blocking=False):
                collisions.append(1)
                raise torch.OutOfMemoryError("out of memory")
            try:
                threading.Event().wait(0.01)
                return forward(*arguments)
            finally:
                entered.release()

        return run

    monkeypatch.setattr(vocoder, "forward", narrow(vocoder.forward))
    machine.budget = Budget(length=1, lines=1)
    answers = list(machine.speak(script(bundle, WINDOW)))
    assert collisions
    assert all(isinstance(a, Waveform) for a in answers)


def test_a_room_is_shared_or_taken():
    gate = MemoryGate()
    inside = []

    def enter():
        with gate.shared():
            inside.append("shared")

    with gate.shared(), gate.shared():
        pass
    with gate.alone():
        other = threading.Thread(target=enter)
        other.start()
        other.join(0.05)
        inside.append("alone")
    other.join(PATIENCE)
    assert inside == ["alone", "shared"]


@pytest.mark.parametrize("device", ["cpu,cuda", "auto,cpu", "cuda,cuda:0"])
def test_lists_that_make_no_sense_open_nothing(bundle, device):
    with pytest.raises(UsageError) as caught:
        Engine(bundle, EngineSettings(device=device))
    assert caught.value.code == "device.list"


@pytest.mark.parametrize("device", ["cpu,tpu", "cuda:98,cuda:99", "cpu,", "cuda:all"])
def test_devices_of_a_list_that_are_not_there(bundle, device):
    if device == "cuda:all" and torch.cuda.is_available():
        pytest.skip("there are some")
    with pytest.raises((MachineError, UsageError)) as caught:
        Engine(bundle, EngineSettings(device=device))
    assert caught.value.code in ("device.unknown", "device.missing", "device.list")


@pytest.mark.parametrize("precision", ["tf32", "fp16"])
def test_what_a_cpu_does_not_compute_is_said_of_the_cpu(bundle, precision):
    with pytest.raises(MachineError, match=f'device "cpu" has no fast .* {precision}') as caught:
        Engine(bundle, EngineSettings(device="cpu", precision=precision))
    assert caught.value.code == "precision.missing"


def test_planning_is_exact_while_others_render_in_tf32(bundle, monkeypatch):
    """torch's switches are those of the process; a CPU ignores them, and can look at them."""
    settings = EngineSettings(device="cpu", together=True, budget=BUDGET)
    worker = open_worker(bundle, settings, None)
    monkeypatch.setattr(worker, "planning", cuda.exact_products)
    monkeypatch.setattr(worker, "rendering", cuda.tf32_products)
    cuda.use_exact_products()
    seen = {"plan": set(), "decoder": set(), "flow": set()}

    def watched(name, run):
        def watching(*arguments):
            seen[name].add(switches())
            threading.Event().wait(0.002)
            result = run(*arguments)
            seen[name].add(switches())
            return result

        return watching

    network = worker.network
    for owner, name, key in (
        (network, "plan", "plan"),
        (network.acoustic, "decode", "flow"),
        (network.vocoder, "forward", "decoder"),
    ):
        monkeypatch.setattr(owner, name, watched(key, getattr(owner, name)))
    sounds = list(Engine(bundle, settings, worker=worker).speak(script(bundle, 4 * WINDOW)))
    assert all(isinstance(sound, Waveform) for sound in sounds)
    assert seen == {"plan": {(False, False)}, "decoder": {(True, True)}, "flow": {(True, True)}}
    assert switches() == (False, False)


def switches():
    return torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32


@pytest.mark.parametrize("layout", LAYOUTS)
def test_plans_stay_with_the_worker_that_made_them(bundle, monkeypatch, layout):
    machine = Engine(bundle, EngineSettings(device="cpu,cpu", **layout))
    made = {}
    strays = []
    for number, each in enumerate(machine.workers):

        def planning(lines, number=number, plan=each.plan):
            found = plan(lines)
            made.update({x.utterance.id: number for x in found if isinstance(x, Planned)})
            return found

        def rendering(lines, number=number, render=each.render):
            strays.extend(x for x in lines if made[x.utterance.id] != number)
            return render(lines)

        monkeypatch.setattr(each, "plan", planning)
        monkeypatch.setattr(each, "render", rendering)
    assert machine.workers[0].network is not machine.workers[1].network
    assert len(list(machine.speak(script(bundle, 4 * WINDOW)))) == 4 * WINDOW
    assert set(made.values()) == {0, 1}
    assert not strays


def test_language_models_are_opened_once_a_place(bundle, tmp_path):
    opened = []
    here = Features(
        {"ja": tmp_path, "en": tmp_path}, lambda folder: opened.append(("here", folder))
    )
    here.prepare(["ja"])
    there = here.elsewhere(lambda folder: opened.append(("there", folder)))
    assert opened == [("here", tmp_path), ("there", tmp_path)]  # "en" when a line asks for it
    assert there.folders == here.folders
    machine = Engine(bundle, EngineSettings(device="cpu,cpu"), here)
    assert [each.features for each in machine.workers] == [here, here]


def test_features_of_a_list_are_on_its_first_device(bundle, tmp_path):
    settings = EngineSettings(device="cpu,cpu")
    features = features_of(bundle, settings, {"ja": tmp_path / "not there"})
    with pytest.raises(Sbv2Error) as caught:
        features.prepare(["ja"])
    assert caught.value.code.startswith("bert.")  # and not device.unknown
