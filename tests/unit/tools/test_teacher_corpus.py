"""Which sentences are learned and which judge; clips and lists as `sbv2 train prepare` wants."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from sbv2cli.training.prepare.transcripts import read_transcript
from tools.evaluate_voice import prosody
from tools.teacher import corpus, engine, plan, sentences

ALL = sentences.read(sentences.HERE / "sentences.tsv")
SHORT = sentences.read(sentences.HERE / "short.tsv")


def test_held_out_sentences_are_three_hundred() -> None:
    tasks = sentences.tasks(ALL, SHORT)
    held = {task.id for task in tasks if task.held}
    learned = {task.id for task in tasks if not task.held}
    assert len(held) == 300
    assert not held & learned
    assert {f"ROHAN4600_{n}" for n in range(4401, 4601)} < held
    held_texts = {task.text for task in tasks if task.held}
    assert not held_texts & {task.text for task in tasks if not task.held}


def test_every_style_says_the_short_ones_and_its_own_share() -> None:
    tasks = [task for task in sentences.tasks(ALL, SHORT, styled=100) if not task.held]
    said = {style: [task.id for task in tasks if task.style == style] for style in sentences.STYLES}
    assert len(said["Neutral"]) == len(ALL) - 300 + len(SHORT) + 200
    styled = [set(said[style][:100]) for style in sentences.STYLES[1:]]
    assert all(len(one) == 100 for one in styled)
    assert not styled[0] & styled[1]
    assert len({task.audio for task in tasks}) == len(tasks)


def test_a_pilot_still_has_all_held_out_sentences() -> None:
    tasks = sentences.tasks(ALL, SHORT, styles=["Neutral"], limit=50)
    assert sum(task.held for task in tasks) == 300
    assert sum(not task.held for task in tasks if "ASKED" not in task.id) == 50 + len(SHORT)


def test_a_cut_begins_before_the_sound_and_ends_after_it() -> None:
    found = corpus.cut(np.ones(1000, dtype=np.float32), -500, 2000)
    assert len(found) == 2000
    assert np.flatnonzero(found).tolist() == list(range(500, 1500))
    inside = corpus.cut(np.ones(1000, dtype=np.float32), 100, 600)
    assert inside[0] == 0 == inside[-1]
    assert (inside[corpus.FADE : -corpus.FADE] == 1).all()


def test_a_ramp_goes_from_nothing_to_its_end_along_the_frames() -> None:
    levels, slopes = zip(*engine.ramp([2, 6, 2], 1.0), strict=True)
    assert levels == pytest.approx((0.1, 0.5, 0.9))
    assert slopes == pytest.approx((0.1, 0.1, 0.1))
    assert engine.runs([3, 4, 8, 9, 11]) == [[3, 4], [8, 9], [11]]
    assert engine.runs([]) == []


def test_statements_are_asked_too_in_each_style() -> None:
    tasks = [task for task in sentences.tasks(ALL, SHORT, asked=20) if not task.held]
    for style in sentences.STYLES:
        asked = [one for one in tasks if one.style == style and one.id.endswith("_ASKED")]
        assert len(asked) == 20
        said = {task.text for task in tasks if task.style == "Neutral"}
        assert all(one.text.endswith("？") and f"{one.text[:-1]}。" in said for one in asked)


def test_questions_that_are_measured_are_never_learned() -> None:
    learned = {text for _, text in sentences.read(sentences.HERE / "questions.tsv")}
    assert len(learned) == 149
    assert not learned & set(prosody.QUESTIONS)


def test_lists_are_read_by_prepare(tmp_path: Path) -> None:
    clip = corpus.Clip(
        key="k", audio="audio/Sad/a.wav", text="雨。", style="Sad", held=False,
        phones=("_", "a", "m", "e", ".", "_"), tones=(0, 1, 0, 0, 0, 0),
        durations=(8, 5, 6, 7, 8, 8),
    )  # fmt: skip
    report = corpus.write_lists(tmp_path, [clip], [])
    (row,) = read_transcript(tmp_path / "transcript.tsv")
    assert (row.audio, row.style, row.phones) == (clip.audio, "Sad", clip.phones)
    assert row.tones == clip.tones
    frames = json.loads((tmp_path / "durations.jsonl").read_text())
    assert tuple(frames["durations"]) == clip.durations
    assert report["clips"] == {"Sad": 1}


def test_plans_travel(tmp_path: Path) -> None:
    tasks = [
        sentences.Task(id="a", text="クァルテットです、ね？", style="Sad"),
        sentences.Task(id="b", text="何ですか？", style="Neutral", held=True),
        sentences.Task(id="c", text="ファンシィ。", style="Neutral"),
    ]
    found = [plan.plan_one(task) for task in tasks]
    plans = [one for one in found if isinstance(one, plan.Plan)]
    assert [one.task.id for one in plans] == ["a", "b"]
    assert isinstance(found[2], plan.Left)
    assert found[2].code == "phone"
    assert plans[1].phones[1:4] == ("n", "a", "N")
    plan.write_plans(tmp_path / "plan.jsonl.gz", plans)
    assert list(plan.read_plans(tmp_path / "plan.jsonl.gz")) == plans
