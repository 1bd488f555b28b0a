"""Every row of KEYS acts: another value than the default changes files, rows, status or the job."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from made_epub import epub
from stage import Sbv2, files, rows, script

from sbv2cli.cli import jobs
from sbv2cli.cli.joins import JoinFlags, join_settings
from sbv2cli.cli.options.common import parsed_flags
from sbv2cli.languages.japanese import JAPANESE
from sbv2cli.pipeline.job import Job
from sbv2cli.pipeline.join.settings import JoinSettings
from sbv2cli.records import LineId, Utterance
from sbv2cli.settings.config import load
from sbv2cli.settings.keys import ANYWHERE, KEYS
from sbv2cli.voices.bundle import open_bundle
from sbv2cli.voices.configs.diffusion import Diffusion
from sbv2cli.voices.to_utterance import to_utterance

SHEET = "id,character,text\na,太郎,おはようございます。\nb,,今日は晴れだ。\n"
CAST = '[cast."太郎"]\nvoice = "ken"\n[cast."*"]\nvoice = "hana"\n'


@dataclass(frozen=True, kw_only=True)
class Case:
    """A script, a value that is not the default, and what else both runs need."""

    value: str | bool | float
    text: str = SHEET
    name: str = "lines.csv"
    defaults: Mapping[str, Any] = field(default_factory=dict)  # settings of both runs
    render: Mapping[str, Any] = field(default_factory=dict)
    cast: str = ""
    voice: str = "hana"
    encoding: str = "utf-8"
    between: Callable[[Path], None] | None = None  # after a first run, before the one that counts


def lose_a_line(folder: Path) -> None:
    script("lines.csv", SHEET.replace("b,,今日は晴れだ。\n", ""))


def spoil_a_file(folder: Path) -> None:
    path = folder / "a.wav"
    path.write_bytes(bytes(len(path.read_bytes())))


FAILS = "id,text,reading\na,大人気,漢字\nb,やあ。,\nc,はい。,\n"  # the first reading is none

BOOK = epub({"one.xhtml": '<p>海。</p><aside epub:type="footnote"><p>注。</p></aside>'}).getvalue()

CASES = {
    "voice": Case(value="ken"),
    "speaker": Case(value="Taro"),
    "style": Case(value="Happy"),
    "style_weight": Case(value=0.5, defaults={"style": "Happy"}),
    "speed": Case(value=1.5),
    "volume": Case(value="-6dB"),
    "sdp_ratio": Case(value=0.9),
    "noise": Case(value=0.1),
    "noise_w": Case(value=0.1),
    "seed": Case(value=7),
    "take": Case(value=2),
    "lang": Case(value="zh", voice="poly", text="id,text\na,123\n"),
    "dict": Case(value="names.csv"),
    "corrections": Case(value="corrections.csv"),
    "markup": Case(value="plain", text="id,text\na,漢字《よみ》だ。\n"),
    "ruby": Case(value="base", text="id,text\na,漢字《よみ》だ。\n"),
    "mode": Case(value="compat", text="id,text\na,10:30\n"),
    "split": Case(value="sentence", text="一。二。\n", name="story.txt"),
    "speakers": Case(value="quotes", text="彼は「はい」と言った。\n", name="story.txt"),
    "thoughts": Case(
        value="round",
        text="（はい）彼は笑った。\n",
        name="story.txt",
        defaults={"speakers": "quotes"},
    ),
    "front_matter": Case(value="speak", text=f"前書き。\n{'*' * 44}\n本文。\n", name="story.txt"),
    "notes": Case(value="speak", text=BOOK.decode("latin-1"), name="book.epub", encoding="latin-1"),
    "titles": Case(value="skip", text="# 題\n本文。\n", name="story.txt"),
    "fill": Case(value="values.csv", text="id,text\na,{name}だ。\n"),
    "unfilled": Case(value="omit", text="id,text\na,{name}だ。\n"),
    "default_character": Case(value="太郎", cast=CAST),
    "backend": Case(value="onnx"),
    "device": Case(value="cuda:63"),
    "precision": Case(value="bf16"),
    "output": Case(value="elsewhere"),
    "name": Case(value="{character}.{id}.{ext}"),
    "for": Case(value="yarn"),
    "format": Case(value="flac"),
    "subtype": Case(value="pcm24"),
    "rate": Case(value=8000),
    "lead": Case(value="100ms"),
    "tail": Case(value="100ms"),
    "gain": Case(value="peak:-12dB"),
    "restrict_names": Case(value=True, render={"name": "{character}{id}.{ext}"}),
    "on_collision": Case(value="suffix", render={"name": "same.{ext}"}),
    "timings": Case(value="none"),
    "reuse": Case(value=False, text="id,text\na,おはよう。\nb,おはよう。\n"),
    "verify": Case(value="sha256", between=spoil_a_file),
    "prune": Case(value="delete", between=lose_a_line),
    "on_error": Case(value="stop", text=FAILS, render={"sort": "script"}),
    "max_failures": Case(value="0", text=FAILS, render={"sort": "script"}),
    "strict": Case(value=True, text="id,text\na,おはよう\ue000。\n"),
}

# What tests cannot hear (a BERT, a GPU) or what no line may be changed by (threads): the value
# arrives where it is used.
ARRIVES: dict[str, tuple[Any, Callable[[Any], Any]]] = {
    "assist_text": ("うれしい", lambda found: found.utterance.assist_text),
    "assist_weight": (0.5, lambda found: found.utterance.assist_weight),
    "bert_scale": (0.5, lambda found: found.utterance.bert_scale),
    # Of voices with a diffusion; test_made_up.py hears them.
    "steps": (4, lambda found: found.utterance.steps),
    "temperature": (2.0, lambda found: found.utterance.temperature),
    "threads": (2, lambda found: found.job.machine.threads),
    "changes": ("csv", lambda found: found.job.changes),
    "executor": ("processes", lambda found: found.job.machine.executor),
    "address": ("auto", lambda found: found.job.machine.cluster.address),
    "workers": (3, lambda found: found.job.machine.cluster.workers),
    "worker_cpus": (2.0, lambda found: found.job.machine.cluster.cpus),
    "worker_gpus": (0.5, lambda found: found.job.machine.cluster.gpus),
    "batch_frames": (4000, lambda found: found.job.machine.batch_frames),
    # What a tiny voice says has no pitch, and no silence at its ends.
    "pitch": (2.0, lambda found: found.job.delivery.pitch),
    "intonation": (1.5, lambda found: found.job.delivery.intonation),
    "trim": (True, lambda found: found.job.trim),
    "sort": ("script", lambda found: "script" if found.job.machine.in_script_order else "length"),
    "retries": (3, lambda found: found.job.retries),
}


# What `sbv2 join` makes of the lines; test_join.py hears it.
JOINED: dict[str, tuple[Any, Callable[[JoinSettings], Any]]] = {
    "loudness": ("r128", lambda found: found.target and found.target.name),
    "room_tone": ("-70dB", lambda found: found.room_tone and f"{found.room_tone.level_db:g}dB"),
    "head_silence": (0.5, lambda found: found.head),
    "tail_silence": (0.5, lambda found: found.tail),
    "part_minutes": (60.0, lambda found: found.part_minutes),
    "missing": ("skip", lambda found: found.missing),
    "title": ("心", lambda found: found.tags.title and found.tags.title.text),
    "author": ("漱石", lambda found: found.tags.author and found.tags.author.text),
    "narrator": ("花", lambda found: found.tags.narrator and found.tags.narrator.text),
    "cover": ("c.png", lambda found: found.tags.cover and "c.png"),
}

DEFAULTS: dict[str, tuple[Any, ...]] = {}
"""Case without its value -> what comes out; many cases have the same."""


def test_every_setting_has_a_case() -> None:
    assert {*CASES, *ARRIVES, *JOINED} == set(KEYS)


@pytest.mark.parametrize("name", ["voice", "reuse", "verify", "on_error"])
def test_the_same_settings_have_the_same_outcome(name: str, sbv2: Sbv2, stage: Path) -> None:
    # Else a difference would say nothing.
    case = CASES[name]
    once, again = (outcome(sbv2, stage / folder, name, case) for folder in ("once", "again"))
    assert once == again


@pytest.mark.parametrize("name", CASES)
def test_a_value_that_is_not_the_default_changes_what_a_run_does(
    name: str, sbv2: Sbv2, stage: Path
) -> None:
    case = CASES[name]
    without = repr(replace(case, value=""))
    if without not in DEFAULTS:
        DEFAULTS[without] = outcome(sbv2, stage / "default", None, case)
    assert outcome(sbv2, stage / "changed", name, case) != DEFAULTS[without]


def outcome(sbv2: Sbv2, folder: Path, name: str | None, case: Case) -> tuple[Any, ...]:
    """Exit status, stdout, files and the status of each row; not the settings that rows tell of."""
    folder.mkdir()
    os.chdir(folder)
    Path("names.csv").write_text("晴れ,ハルレ,1\n", "utf-8")
    Path("corrections.csv").write_text("id,speed\na,1.5\n", "utf-8")
    Path(case.name).write_bytes(case.text.encode(case.encoding))
    Path("values.csv").write_text("name,text\nname,太郎\n", "utf-8")
    command = ("render", case.name, "--no-fsync")
    if case.between is not None:
        write_settings(case, None)
        assert sbv2(*command).status == 0
        case.between(Path("out"))
    write_settings(case, name)
    result = sbv2(*command)
    made = {path.name: files(path) for path in sorted(Path.cwd().iterdir()) if path.is_dir()}
    states = (
        {key: row["status"] for key, row in rows().items()}
        if Path("out/manifest.jsonl").exists()
        else {}
    )
    return result.status, result.data, made, states


def write_settings(case: Case, name: str | None) -> None:
    sections = {"defaults": {"voice": case.voice, **case.defaults}, "render": {**case.render}}
    if name is not None:
        where = KEYS[name].where
        sections["defaults" if where in ANYWHERE else where][name] = case.value
    tables = [
        f"[{section}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())
        for section, keys in sections.items()
    ]
    script("sbv2.toml", 'voices_path = ["../voices"]\n' + "".join(tables) + case.cast)


@dataclass(frozen=True, kw_only=True)
class Found:
    """Where the values of ARRIVES are used."""

    job: Job
    utterance: Utterance


@pytest.mark.parametrize("name", ARRIVES)
def test_a_value_arrives_where_it_is_used(name: str, stage: Path) -> None:
    value, place = ARRIVES[name]
    reading = JAPANESE.read("あ")
    bundle = open_bundle(stage / "voices" / "hana")
    if name in ("steps", "temperature"):
        diffusion = Diffusion(steps=10, temperature=1.5)
        bundle = replace(bundle, config=replace(bundle.config, diffusion=diffusion))
    configuration = load(flags={name: value}, use_files=False, environment={})
    found = Found(
        job=jobs.job(configuration),
        utterance=to_utterance(LineId("a"), reading, bundle, configuration.delivery),
    )
    assert place(found) == value != KEYS[name].built_in


@pytest.mark.parametrize("name", JOINED)
def test_a_value_arrives_at_the_join(name: str, tmp_path: Path) -> None:
    value, place = JOINED[name]
    (tmp_path / "c.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    flags = JoinFlags(
        by="book", opening=None, closing=None, subtype="pcm16", rate=None, force=False, fsync=True
    )

    def settings(**said: Any) -> JoinSettings:
        configuration = load(flags=said, use_files=False, environment={})
        return join_settings(tmp_path, Path("b.wav"), configuration, flags)

    given = str(tmp_path / value) if name == "cover" else value
    assert place(settings(**{name: given})) == value != place(settings())


def test_a_flag_a_variable_and_a_key_of_a_file_say_the_same(tmp_path: Path) -> None:
    values = {name: case.value for name, case in CASES.items()}
    values |= {name: value for name, (value, _) in {**ARRIVES, **JOINED}.items()}
    for name, value in values.items():
        where = "defaults" if KEYS[name].where in ANYWHERE else KEYS[name].where
        file = tmp_path / f"{name}.toml"
        file.write_text(f"[{where}]\n{name} = {json.dumps(value)}\n", "utf-8")
        written = (str(value),) if KEYS[name].many else str(value)
        said = [
            load(flags=parsed_flags({name: written}), use_files=False, environment={}),
            load(environment={f"SBV2_{name.upper()}": str(value)}, use_files=False),
            load(config_file=file, environment={}),
        ]
        found = {str(configuration[name]).replace(f"{tmp_path}/", "") for configuration in said}
        assert len(found) == 1, name
        assert found != {str(KEYS[name].built_in)}, name
