"""What is given mutated inputs: each target makes one from a generator and reads it.

It returns when the input was read, and raises `Sbv2Error` when it was refused; any other exception
is a failure, as is a refusal that means another exit status than the kind of input has.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import torch
from safetensors.torch import save as safetensors_bytes

from sbv2cli.engine.torch import weights_file
from sbv2cli.errors import EXIT_ENVIRONMENT, EXIT_USAGE
from sbv2cli.languages import reading_json
from sbv2cli.languages.japanese import corrections as notation
from sbv2cli.languages.japanese import user_dictionary
from sbv2cli.languages.language import ReadOptions
from sbv2cli.languages.pool import Request, answer
from sbv2cli.pipeline.corrections import read_corrections
from sbv2cli.pipeline.select import selector
from sbv2cli.readers import READERS
from sbv2cli.readers.detect import detect, load
from sbv2cli.readers.fill import read_fill
from sbv2cli.readers.format import ReaderOptions
from sbv2cli.records import LineId, ScriptLine, Source
from sbv2cli.settings import config
from sbv2cli.settings.keys import KEYS
from sbv2cli.settings.parse import parse, parse_pauses
from sbv2cli.voices import piper_graph, receipt
from sbv2cli.voices.aivm import container
from sbv2cli.voices.configs import vocoder_config, voice_config
from sbv2cli.writers import naming
from sbv2cli.writers.manifest import read_manifest
from tools.storm import samples
from tools.storm.mutate import json_bytes, mutated, mutated_json, mutated_zip, some_of

Attempt = Callable[[Random], None]

_SETTINGS = b"""[defaults]
voice = "hana"
speed = 1.2
pause = { sentence = "300ms", paragraph = 1 }
[render]
format = "flac"
jobs = 2
[cast."\xe5\xa4\xaa\xe9\x83\x8e"]
voice = "ken"
style = "Happy:0.5"
aliases = ["taro", "T"]
[cast]
"*" = "hana"
[styles]
"\xe5\x96\x9c\xe3\x81\xb3" = "Happy:0.8"
"""
_DICTIONARIES = (
    "surface,reading,accent,within\n橋本,ハシモト,0,\nC++,シープラプラ,4,yes\n",
    "橋,ハ'シ\n東京都,トウキョウト,3\n",
    "橋,1285,1285,5000,名詞,一般,*,*,*,*,橋,ハシ,ハシ,2/2,C1\n",
    json.dumps(
        {"a": {"surface": "橋", "pronunciation": "ハシ", "accent_type": 1, "priority": 5}},
        ensure_ascii=False,
    ),
)
_CORRECTIONS = (
    '{"id":"a","reading":"ハ\'シ","text":"橋","speed":1.2,"pause_after":"1s","skip":false}\n',
    "id,reading,note,take,style\na,ハ'シ/オ,x,2,Happy\nb,,y,,\n",
)
_SELECTIONS = ("id=a*", "n=1..3", "character!=太郎", "meta.x=[a-z]?", "chapter=..2", "text=*橋*")
_NOTATIONS = ("ハ'シオ/ワタル。", "キョ'ーワ、イ'イ/テンキ?", "'アカ/ッテ…ン", "a k i", "=ʃ #12 ハ")
_TEMPLATES = (
    "{id}.{ext}",
    "{chapter:02d}/{n:04d}{character|x}.{ext}",
    "{{{meta.a}}}-{count.scene}",
)
_READINGS = (
    "山と川の3番目の橋を、2024年1月5日に渡った。",
    "Hello、ＡＢＣ社の10%増し！？（笑）",
    "｜東京《とうきょう》へ¥1,200で…『はい』",
    "URLはhttps://example.com/a?b=1です。",
    "㌔と①とⅣ、1/2と-3.5℃。090-1234-5678",
)
_ENGLISH = ("Dr. Smith paid $3.50 on 5/6/2024.", "It's 10:30 a.m., isn't it?")
_CHINESE = ("我们在2024年去了北京。", "一百二十三个人！")


@dataclass(frozen=True, slots=True)
class Target:
    """One kind of input."""

    attempt: Attempt
    status: int = EXIT_USAGE  # of a refusal
    often: float = 1.0


def targets(folder: Path) -> dict[str, Target]:
    """All of them, by name; `folder` takes what must be a file."""
    made = samples.of_readers()
    found = {f"reader {name}": Target(_reader(name, of)) for name, of in made.items()}
    found["reader ssml"] = replace(found["reader ssml"], often=3)
    for name in ("epub", "docx", "odt", "excel"):
        found[f"reader {name}"] = replace(found[f"reader {name}"], often=0.5)
    everything = [sample for of in made.values() for sample in of]
    found["format of a script"] = Target(_detected(everything), often=2)
    found |= _settings(folder)
    found |= _texts()
    found |= _own_files(folder, made["manifest"])
    found |= _voices(folder)
    return found


def _reader(name: str, of: list[bytes]) -> Attempt:
    zipped = name in ("epub", "docx")

    def attempt(pick: Random) -> None:
        sample = pick.choice(of)
        if zipped or sample[:2] == b"PK":
            data = mutated_zip(sample, pick)
        elif name in ("rpg-maker", "json", "ink", "jsonl", "piper") and pick.random() < 0.4:
            data = _json_rows(sample, pick)
        elif name == "excel":
            data = mutated(sample, pick)
        else:
            data = mutated(some_of(sample, pick), pick, of)
        options = ReaderOptions(
            unit=pick.choice((None, None, "line", "sentence", "paragraph")),
            encoding=pick.choice(("auto", "auto", "auto", "utf-8", "cp932", "utf-16", "utf-7")),
            speakers=pick.choice(("none", "none", "quotes", "colon", "names")),
            thoughts=pick.choice(("none", "both")),
            ruby=pick.choice(("auto", "base")),
            notes=pick.choice(("skip", "speak")),
            front_matter=pick.choice(("skip", "speak")),
        )
        _must_be_lines(load(name).read(io.BytesIO(data), "script", options))

    return attempt


def _json_rows(sample: bytes, pick: Random) -> bytes:
    """Values of JSON changed, in a document or in one of its rows."""
    try:
        return json_bytes(mutated_json(json.loads(sample), pick), pick)
    except ValueError:
        rows = sample.splitlines()
        row = pick.randrange(len(rows))
        try:
            rows[row] = json_bytes(mutated_json(json.loads(rows[row]), pick), pick)
        except ValueError:
            rows[row] = mutated(rows[row], pick)
        return b"\n".join(rows) + b"\n"


def _must_be_lines(lines: Iterator[ScriptLine]) -> None:
    for number, line in enumerate(lines, start=1):
        assert line.take_of is not None or line.number == number, "lines are numbered"
        assert line.id, "a line without an id"
        for ruby in line.ruby:
            start, end = ruby.span
            assert 0 <= start < end <= len(line.text), "ruby beside its text"
        repr(line).encode()
        for finding in line.findings:
            finding.message.encode()
            assert finding.code.count(".") == 1, "a finding without a code"


def _detected(everything: list[bytes]) -> Attempt:
    suffixes = ("", *{suffix for row in READERS.values() for suffix in row.suffixes})

    def attempt(pick: Random) -> None:
        data = mutated(some_of(pick.choice(everything), pick), pick, everything)
        name = f"script{pick.choice(suffixes)}"
        stream = io.BytesIO(data)
        format_, encoding = detect(stream, name)
        assert stream.tell() == 0 or load(format_), "the stream is at its beginning"
        stream.seek(0)
        options = ReaderOptions(encoding=encoding)
        _must_be_lines(load(format_).read(stream, name, options))

    return attempt


def _settings(folder: Path) -> dict[str, Target]:
    path, cast = folder / "sbv2.toml", folder / "cast.toml"
    names = sorted(KEYS)

    def settings(pick: Random) -> None:
        path.write_bytes(mutated(_SETTINGS, pick))
        config.load(config_file=path, environment={})

    def cast_file(pick: Random) -> None:
        cast.write_bytes(mutated(_SETTINGS[_SETTINGS.index(b"[cast") :], pick))
        config.load(cast_file=cast, use_files=False, environment={})

    def values(pick: Random) -> None:
        written = mutated(pick.choice((b"1.2", b"+2st", b"300ms", b"50%", b"yes", b"3")), pick)
        text = written.decode("utf-8", "surrogateescape")
        if pick.random() < 0.2:
            parse_pauses(f"sentence={text}")
        else:
            parse(pick.choice(names), text)

    def selection(pick: Random) -> None:
        text = mutated(pick.choice(_SELECTIONS).encode(), pick).decode("utf-8", "replace")
        line = ScriptLine(
            id=LineId("a1"), number=1, text="橋。", source=Source(path="s", row=1), language="ja"
        )
        selector([text])(line)

    def template(pick: Random) -> None:
        text = mutated(pick.choice(_TEMPLATES).encode(), pick).decode("utf-8", "replace")
        parsed = naming.parse_template(text)
        said: dict[str, Any] = dict.fromkeys(parsed.fields, text)
        numbers = {name: 3 for name in said if name not in ("id", "character", "stem")}
        for values_ in ({**said, "ext": "wav"}, {**said, **numbers, "ext": "wav"}):
            name = naming.file_name(parsed, values_)
            parts = name.split("/")
            assert ".." not in parts, "a name that leads out of the folder"
            assert "" not in parts, "a part of a name that is empty"
            assert all(len(part.encode()) <= 255 for part in parts), "a name that is too long"

    return {
        "settings file": Target(settings, often=2),
        "cast": Target(cast_file),
        "values of settings": Target(values, often=2),
        "--select": Target(selection, often=2),
        "--name": Target(template),
    }


def _texts() -> dict[str, Target]:
    options = ReadOptions()
    for language, (text, *_) in {"en": _ENGLISH, "zh": _CHINESE}.items():
        answer(Request(text=text, language=language), options)  # dictionaries are loaded once

    def reading(language: str, texts: tuple[str, ...]) -> Attempt:
        def attempt(pick: Random) -> None:
            text = mutated(pick.choice(texts).encode(), pick).decode("utf-8", "replace")
            text = "".join(text.split("\0"))[:400]
            given = None
            if pick.random() < 0.2:
                given = mutated(pick.choice(_NOTATIONS).encode(), pick).decode("utf-8", "replace")
            said = answer(Request(text=text, language=language, given=given), options)
            if said.error is not None:
                assert said.error.code != "reading.bug", said.error.message
                raise said.error
            assert said.reading is not None, "neither a reading nor an error"
            phones = said.reading.phones
            assert sum(said.reading.phones_per_token) == len(phones) == len(said.reading.tones)

        return attempt

    def accents(pick: Random) -> None:
        text = mutated(pick.choice(_NOTATIONS).encode(), pick).decode("utf-8", "replace")
        notation.units_of_notation(text)

    return {
        "Japanese text": Target(reading("ja", _READINGS), often=3),
        "English text": Target(reading("en", _ENGLISH), often=0.2),
        "Chinese text": Target(reading("zh", _CHINESE), often=0.2),
        "notation of accents": Target(accents, often=2),
    }


def _own_files(folder: Path, manifests: list[bytes]) -> dict[str, Target]:
    read = answer(Request(text="橋を渡る。", language="ja"), ReadOptions()).reading
    assert read is not None
    document = reading_json.to_json(read)
    manifest = folder / "manifest.jsonl"
    installed = {
        "schema": receipt.SCHEMA, "source": "a/b", "revision": "x", "commit": None, "inside": "c",
        "licence": "MIT", "installed": "2024-01-01T00:00:00Z", "weights": "w.safetensors",
        "files": [{"path": "config.json", "size": 3, "sha256": "0" * 64}],
    }  # fmt: skip

    def rows(pick: Random) -> None:
        sample = manifests[0]
        data = _json_rows(sample, pick) if pick.random() < 0.6 else mutated(sample, pick)
        manifest.write_bytes(data)
        read_manifest(manifest)

    def words(pick: Random) -> None:
        sample = pick.choice(_DICTIONARIES).encode()
        suffix = ".json" if sample[:1] == b"{" else ".csv"
        path = folder / f"words{suffix}"
        if suffix == ".json" and pick.random() < 0.5:
            path.write_bytes(_json_rows(sample, pick))
        else:
            path.write_bytes(mutated(sample, pick))
        user_dictionary.examine(user_dictionary.read(path))

    def corrections(pick: Random) -> None:
        sample = pick.choice(_CORRECTIONS).encode()
        path = folder / "corrections.csv"
        if sample[:1] == b"{" and pick.random() < 0.5:
            path.write_bytes(_json_rows(sample, pick))
        else:
            path.write_bytes(mutated(sample, pick))
        read_corrections([path])

    def fill(pick: Random) -> None:
        suffix = pick.choice((".csv", ".json", ".toml"))
        sample = {".csv": b"name,text,id\nx,y,a\n", ".json": b'{"x":"y","a":{"x":"z"}}'}
        path = folder / f"fill{suffix}"
        path.write_bytes(mutated(sample.get(suffix, b'x = "y"\n[a]\nx = "z"\n'), pick))
        read_fill([str(path)])

    def readings(pick: Random) -> None:
        reading_json.loads(
            json_bytes(mutated_json(document, pick), pick).decode("utf-8", "replace")
        )

    def receipts(pick: Random) -> None:
        (folder / receipt.NAME).write_bytes(json_bytes(mutated_json(installed, pick), pick))
        receipt.read(folder)

    return {
        "manifest": Target(rows, often=3),
        "user dictionary": Target(words, often=2),
        "corrections": Target(corrections, often=2),
        "values that a game fills in": Target(fill),
        "reading as JSON": Target(readings),
        "receipt of a voice": Target(receipts, status=EXIT_ENVIRONMENT),
    }


def _voices(folder: Path) -> dict[str, Target]:
    configs = samples.configs(folder / "families")
    tensors = {"a.weight": torch.zeros(2, 3), "b": torch.zeros(4, dtype=torch.float16)}
    header = safetensors_bytes(tensors, {"aivm_manifest": "{}", "x": "y"})
    pickled = io.BytesIO()
    torch.save({"model": tensors, "iteration": 3}, pickled)
    graph = _graph()

    def config_of(kind: str, read: Callable[..., Any]) -> Attempt:
        def attempt(pick: Random) -> None:
            document = pick.choice(configs[kind])
            if pick.random() < 0.8:
                text = json_bytes(mutated_json(document, pick), pick)
            else:
                text = mutated(json_bytes(document, pick), pick)
            read(text.decode("utf-8", "replace"), where="config.json")

        return attempt

    def weights(name: str, sample: bytes) -> Attempt:
        path = folder / name

        def attempt(pick: Random) -> None:
            path.write_bytes(mutated(sample, pick))
            weights_file.read_tensors(path)

        return attempt

    def header_of(pick: Random) -> None:
        size = int.from_bytes(header[:8], "little")
        said = json_bytes(mutated_json(json.loads(header[8 : 8 + size]), pick), pick)
        length = len(said) if pick.random() < 0.9 else pick.choice((0, 2**63, 10**12, size))
        path = folder / "weights.safetensors"
        path.write_bytes(length.to_bytes(8, "little") + said + header[8 + size :])
        weights_file.read_tensors(path)

    def aivm(pick: Random) -> None:
        path = folder / "voice.aivm"
        path.write_bytes(mutated(header, pick))
        container.read(path)

    def onnx(pick: Random) -> None:
        path = folder / "voice.onnx"
        path.write_bytes(mutated(graph, pick))
        piper_graph.read(path)

    environment = EXIT_ENVIRONMENT
    return {
        "voice config": Target(config_of("voice config", voice_config.parse), environment, 3),
        "vocoder config": Target(config_of("vocoder config", vocoder_config.parse), environment),
        "safetensors header": Target(header_of, environment, 2),
        "safetensors": Target(weights("w.safetensors", header), environment),
        "pickled weights": Target(weights("w.pth", pickled.getvalue()), environment, 0.5),
        "AIVM": Target(aivm, environment),
        "ONNX graph": Target(onnx, environment),
    }


def _graph() -> bytes:
    from onnx import TensorProto, helper  # noqa: PLC0415 - takes a while to import

    value = helper.make_tensor_value_info("input", TensorProto.INT64, [1, None])
    out = helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, None])
    weight = helper.make_tensor("w", TensorProto.FLOAT, [2, 3], [0.0] * 6)
    nodes = [helper.make_node("Gather", ["w", "input"], ["g"], name="/enc_p/emb/Gather", axis=0)]
    graph = helper.make_graph(nodes, "g", [value], [out], [weight])
    model = helper.make_model(graph)
    helper.set_model_props(model, {"aivm_manifest": "{}", "x": "y"})
    data: bytes = model.SerializeToString()
    return data
