"""Lines of several voices, in one process: each is spoken by the voice that its recipe names."""

from __future__ import annotations

import gc
import pickle
import weakref
from dataclasses import replace

import numpy as np
import pytest
import tiny_voice

from sbv2cli.engine.engine import Engine
from sbv2cli.engine.settings import EngineSettings
from sbv2cli.errors import MachineError, VoiceError
from sbv2cli.executors import EXECUTORS, local
from sbv2cli.executors.executor import Counters, WorkerSpec, open_executor, weights_of
from sbv2cli.executors.local import LocalExecutor, one_spec_at_a_time
from sbv2cli.records import LineFailure, Waveform


@pytest.fixture(scope="module")
def bundles(tmp_path_factory):
    folder = tmp_path_factory.mktemp("voices")
    return [tiny_voice.opened(folder / f"tiny{n}", seed=n) for n in range(3)]


def spec_of(bundle, **fields):
    return WorkerSpec(
        bundle=bundle.path,
        weights=weights_of(bundle),
        backend=bundle.backend,
        device="cpu",
        threads=1,
        **fields,
    )


def mixed(bundles, count):
    return [
        (spec_of(bundle), tiny_voice.utterance(bundle, n, phones=2 + n % 5))
        for n, bundle in ((n, bundles[n % len(bundles)]) for n in range(count))
    ]


def test_each_line_is_spoken_by_its_own_voice(bundles):
    work = mixed(bundles, 12)
    measured = list(LocalExecutor().speak(iter(work)))
    found = {each.result.id: each.result for each in measured}
    assert len(measured) == len(found) == 12
    for n, bundle in enumerate(bundles):
        settings = EngineSettings(device="cpu", threads=1, one_thread=True)
        lines = [line for spec, line in work if spec == spec_of(bundle)]
        for sound in Engine(bundle, settings).speak(lines):
            assert np.array_equal(sound.samples, found[sound.id].samples), n


def test_results_come_home_with_their_cost(bundles):
    executor = open_executor("local")
    measured = list(executor.speak(mixed(bundles[:1], 5)))
    assert all(isinstance(each.result, Waveform) for each in measured)
    total = sum((each.counters for each in measured), Counters())
    assert total.frames == sum(each.result.phone_frames.sum() for each in measured)
    assert total.plan_seconds > 0
    assert total.render_seconds > 0
    executor.close()


def test_recipes_and_results_cross_process_boundaries(bundles):
    spec, line = mixed(bundles, 1)[0]
    assert pickle.loads(pickle.dumps(spec)) == spec
    assert hash(pickle.loads(pickle.dumps(spec))) == hash(spec)
    (measured,) = LocalExecutor().speak([(spec, line)])
    again = pickle.loads(pickle.dumps(measured))
    assert np.array_equal(again.result.samples, measured.result.samples)
    assert again.counters == measured.counters


def test_a_voice_that_cannot_be_opened_fails_its_own_lines(bundles, tmp_path):
    work = mixed(bundles[:1], 6)
    broken = tiny_voice.opened(tmp_path / "broken")
    broken.weights.write_bytes(b"nothing")
    spec = spec_of(broken)
    work[1:1] = [(spec, tiny_voice.utterance(broken, 100 + n, phones=3)) for n in range(2)]
    results = [each.result for each in LocalExecutor().speak(work)]
    failures = [result for result in results if isinstance(result, LineFailure)]
    assert len(results) == 8
    assert {failure.id for failure in failures} == {"line-100", "line-101"}
    assert {failure.code for failure in failures} == {"voice.weights-broken"}
    assert all(failure.hint for failure in failures)
    with pytest.raises(VoiceError, match=r"voice\.weights-broken"):
        LocalExecutor().open(spec)


def test_what_the_machine_lacks_is_raised(bundles):
    spec, line = mixed(bundles, 1)[0]
    with pytest.raises(MachineError):
        list(LocalExecutor().speak([(replace(spec, device="cuda:99"), line)]))


def test_few_voices_stay_open(bundles, monkeypatch):
    monkeypatch.setattr(local, "OPEN_AT_MOST", 2)
    executor = LocalExecutor()
    specs = [spec_of(bundle) for bundle in bundles]
    for spec in specs[:2]:
        executor.open(spec)
    first, second = (weakref.ref(executor._engines[spec].worker) for spec in specs[:2])
    gc.disable()
    try:
        executor.open(specs[0])
        executor.open(specs[2])
    finally:
        gc.enable()
    assert first() is not None
    assert second() is None


def test_lines_of_one_recipe_are_a_stream(bundles, monkeypatch):
    monkeypatch.setattr(local, "LINES_PUT_BY", 4)
    specs = [spec_of(bundle) for bundle in bundles]
    pattern = [0, 1, 1, 0, 2, 0, 1, 0, 2, 2, 0]
    work = [(specs[index], position) for position, index in enumerate(pattern)]
    taken = [(specs.index(spec), list(lines)) for spec, lines in one_spec_at_a_time(work)]
    # The fourth line of another recipe ends the first stream; what waited goes on.
    assert taken == [(0, [0, 3, 5]), (1, [1, 2, 6]), (2, [4, 8, 9]), (0, [7, 10])]


def test_every_executor_opens_and_closes():
    for name in EXECUTORS:
        open_executor(name).close()
