"""A small share of the campaigns, with fixed seeds; and that they would see what they look for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from random import Random

import pytest
import shell

from sbv2cli.errors import ScriptError, VoiceError

sys.path.insert(0, str(shell.ROOT))

from tools.storm import cases, fuzz, made, mutate
from tools.storm.command import STATUSES, Ended
from tools.storm.outcome import Outcome, Tally, joined, table
from tools.storm.targets import Target

linux = pytest.mark.skipif(sys.platform != "linux", reason="it looks into /proc and counts there")


def storm(*arguments):
    """The tool as people run it, and its report."""
    return subprocess.run(
        [sys.executable, "-m", "tools.storm", *map(str, arguments)],
        cwd=shell.ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@linux
def test_a_share_of_the_fuzzed_inputs(tmp_path):
    report = tmp_path / "report.json"
    said = storm("fuzz", "--count", 1500, "--seed", 3, "--json", report)
    assert said.returncode == 0, said.stdout + said.stderr
    (told,) = json.loads(report.read_text("utf-8"))
    assert sum(one["tries"] for one in told["cases"].values()) == 1500
    assert len(told["cases"]) > 40
    assert told["failures"] == []


@linux
@pytest.mark.slow
def test_a_share_of_the_kills(tmp_path):
    report = tmp_path / "report.json"
    said = storm(
        "kills", "--count", 5, "--seed", 3, "--case", "render an edited sheet", "--json", report
    )
    assert said.returncode == 0, said.stdout + said.stderr
    (told,) = json.loads(report.read_text("utf-8"))
    assert sum(one["struck"] for one in told["cases"].values()) >= 5


# Where each of these once lost something, and how many acts, or pairs of acts, are tried.
ACTS = {
    "render where a sheet is gone": 25,  # a kill between two deletions left rows behind
    "join": 42,  # killed twice, it did not know its own file
    "train fit": 8,  # a kill between the weights of the voice and what is beside them
}


@linux
@pytest.mark.slow
@pytest.mark.parametrize("case", ACTS)
def test_kills_before_acts(tmp_path, case):
    report = tmp_path / "report.json"
    said = storm("acts", "--count", ACTS[case], "--case", case, "--json", report)
    assert said.returncode == 0, said.stdout + said.stderr
    (told,) = json.loads(report.read_text("utf-8"))
    assert sum(one["struck"] for one in told["cases"].values()) >= ACTS[case]


KNOWN = cases.Known(
    case=cases.Case(name="x", arguments=(), before=lambda *_: None),
    arguments=(),
    before={"out/mine.txt": made.FOREIGN.encode(), "out/a.wav": b"old"},
    whole={"out/mine.txt": made.FOREIGN.encode(), "out/a.wav": b"new", "out/b.wav": b"b"},
    seconds=1.0,
    acts=1,
    largest=3,
)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"out/a.wav": b"ne"}, "torn: out/a.wav"),
        ({"out/c.wav": b""}, "strange file: out/c.wav"),
        ({"out/mine.txt": b""}, "torn: out/mine.txt"),
        ({"out/mine.txt": None}, "a file of somebody else: out/mine.txt"),
        ({"out/manifest.jsonl": b'{"type":"job"}\n{"ty\n{"type":"job"}\n'}, "torn row"),
        ({"out/a.wav": b"new", "out/.b.wav.9.part": b"ha", "out/b.wav": None}, None),
    ],
)
def test_what_a_stopped_run_may_not_leave(found, said):
    left = {**KNOWN.before, **found}
    wrong = cases.left_wrong(KNOWN, {name: data for name, data in left.items() if data is not None})
    assert wrong == said if said is None else wrong.startswith(said)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({}, None),
        ({"out/b.wav": None}, "lost: out/b.wav"),
        ({"out/b.wav": b"c"}, "other than after a whole run: out/b.wav"),
        ({"out/.b.wav.9.part": b""}, "left behind: out/.b.wav.9.part"),
    ],
)
def test_what_must_be_there_in_the_end(found, said):
    left = {**KNOWN.whole, **found}
    end = cases.end_wrong(KNOWN, {name: data for name, data in left.items() if data is not None})
    assert end == said


@pytest.mark.parametrize(
    ("ended", "said"),
    [
        (Ended(status=0, out=b"", talk="", peak_mib=1), None),
        (Ended(status=1, out=b"", talk="", peak_mib=1), "status 1"),
        (Ended(status=-11, out=b"", talk="", peak_mib=1), "status -11"),
        (Ended(status=0, out=b"", talk="", peak_mib=9999), "memory"),
        (Ended(status=4, out=b"", talk="error[bug]: x", peak_mib=1), "bug"),
        (Ended(status=-9, out=b"", talk="", peak_mib=1, hung=True), "it does not end"),
    ],
)
def test_ends_that_are_failures(ended, said):
    problem = ended.problem(STATUSES)
    assert problem == said if said is None else problem.startswith(said)


def raises(error):
    def attempt(_):
        raise error

    return Target(attempt)


@pytest.mark.parametrize(
    ("target", "struck", "said"),
    [
        (Target(lambda _: None), False, None),
        (raises(ScriptError("script.x", "y")), True, None),
        (raises(VoiceError("voice.x", "y")), True, "error[voice.x] means status 4"),
        (raises(KeyError("y")), False, "KeyError: 'y'"),
        (raises(MemoryError()), False, "memory"),
    ],
)
def test_what_an_input_may_do(target, struck, said):
    found, problem = fuzz._tried(target, Random(1))
    assert found == struck
    assert problem == said if said is None else problem.startswith(said)


@pytest.mark.parametrize("number", range(50))
def test_a_mutant_is_made_from_its_number_alone(number):
    sample = b'id,text\na,"\xe3\x81\x82"\n' * 20
    made_of = [mutate.mutated(sample, Random(number)) for _ in range(2)]
    assert made_of[0] == made_of[1]
    document = {"a": [1, {"b": "c"}], "d": None}
    mutate.json_bytes(mutate.mutated_json(document, Random(number)), Random(number))
    assert document == {"a": [1, {"b": "c"}], "d": None}


def test_reports_are_joined_and_shown():
    tally = Tally("kills", 7)
    tally.add(0, Outcome("render", struck=True))
    tally.add(3, Outcome("render", struck=False, problem="torn: a"))
    (whole,) = joined([tally.as_json(), tally.as_json()])
    assert whole["cases"]["render"] == {"tries": 4, "struck": 2, "failures": 2}
    assert whole["failures"][0]["repeat"].endswith("kills --seed 7 --first 3 --count 1")
    assert "| kills | render | 4 | 2 killed | 2 |" in table([whole], {"kills": "killed"})
