"""`sbv2 voices` with AIVM and AIVMX files, as people use it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file
from stage import Sbv2, script

from sbv2cli.voices.aivm import container

LICENCE = "# ACML 1.0\n\n一行目\n二行目\n三行目\n"


@pytest.fixture
def published(sbv2: Sbv2) -> Path:
    """An AIVM file on the shelf, with everything that one can say."""
    script("LICENSE.md", LICENCE)
    result = sbv2(
        *"voices convert hana --to aivm -o voices/花子.aivm --name 花子の声 --creator 甲".split(),
        *"--creator 乙 --license LICENSE.md --voice-version 1.2.0 --description 明るい".split(),
    )
    assert result.status == 0, result.talk
    assert "voices/花子.aivm" in result.talk
    return Path("voices/花子.aivm")


def test_show(sbv2: Sbv2, published: Path) -> None:
    out = sbv2("voices", "show", "花子").out
    for row in (
        "name\t花子の声",
        "version\t1.2.0",
        "creators\t甲, 乙",
        "licence\t# ACML 1.0\\n一行目\\n二行目\\n… 1 more lines, with --json",
        "description\t明るい",
        "trained\t3 epochs, 120 steps",
        "speaker 0\t花子 (ja): 0 Neutral, 1 Happy, 2 Sad",
        "icons\t2 (0.3 kB)",
        "recordings\tnone",
        "rate\t16000",
    ):
        assert f"{row}\n" in out
    told = sbv2("voices", "show", published, "--json").json["voice"]["aivm"]
    assert told["licence"] == LICENCE.strip()
    assert told["speakers"][1]["name"] == "Taro"
    assert told["media"][0] == {"file": "speaker-0-icon.png", "kind": "image/png", "bytes": 126}
    assert "base64" not in json.dumps(told)


def test_list_verify_and_say(sbv2: Sbv2, published: Path) -> None:
    assert "花子.aivm\tja\t2\t3\t16000\tvoices/花子.aivm\n" in sbv2("voices", "list").out
    checked = sbv2("voices", "verify", "花子", "--json")
    assert checked.status == 0
    assert checked.json["voices"][0]["aivm"]["version"] == "1.2.0"
    said = sbv2("say", "-m", "花子/Taro", "--style", "Happy", "-o", "a.wav", "あ")
    assert said.status == 0, said.talk


def with_manifest(path: Path, change: dict[str, object]) -> None:
    texts = container.header(path)["__metadata__"]
    manifest = {**json.loads(texts["aivm_manifest"]), **change}
    save_file(load_file(path), path, metadata={**texts, "aivm_manifest": json.dumps(manifest)})


def test_verify_holds_the_manifest_against_the_rules(sbv2: Sbv2, published: Path) -> None:
    with_manifest(published, {"uuid": "x", "version": "1"})
    result = sbv2("voices", "verify", published)
    assert result.status == 4
    assert "error[voice.aivm-rules]" in result.talk
    assert "not like 1.0.0" in result.talk
    assert sbv2("say", "-m", published, "-o", "a.wav", "あ").status == 0


def test_show_names_what_is_broken(sbv2: Sbv2, published: Path) -> None:
    with_manifest(published, {"manifest_version": "2.0"})
    result = sbv2("voices", "show", published)
    assert result.status == 4
    assert "error[voice.aivm-version]" in result.talk
    assert "upgrade" in result.talk


def test_media_are_written_when_asked_for(sbv2: Sbv2, published: Path) -> None:
    speakers = json.loads(container.read(published).manifest_text or "")["speakers"]
    sample = {"audio": "data:audio/mp4;base64,AAAA", "transcript": "やあ"}
    speakers[0]["styles"][1]["voice_samples"] = [sample]
    with_manifest(published, {"speakers": speakers})
    result = sbv2("voices", "show", "花子", "--extract-media", "media")
    assert result.status == 0
    assert "recordings\t1 (0.0 kB)\n" in result.out
    found = {path.name: path.read_bytes() for path in Path("media").iterdir()}
    assert found.pop("speaker-0-icon.png").startswith(b"\x89PNG")
    assert found.pop("speaker-1-icon.png").startswith(b"\x89PNG")
    assert found == {
        "speaker-0-style-1-sample-1.m4a": b"\0\0\0",
        "speaker-0-style-1-sample-1.txt": "やあ\n".encode(),
    }
    again = sbv2("voices", "show", "花子", "--extract-media", "media")
    assert (again.status, "voice.media-exists" in again.talk) == (2, True)
    none = sbv2("voices", "show", "hana", "--extract-media", "other")
    assert (none.status, "voice.no-media" in none.talk) == (2, True)


def test_back_to_a_folder(sbv2: Sbv2, published: Path) -> None:
    result = sbv2("voices", "convert", published, "--to", "folder", "-o", "back", "--json")
    assert result.status == 0
    names = [Path(file["path"]).name for file in result.json["files"]]
    assert names == ["aivm_manifest.json", "config.json", "style_vectors.npy", "花子.safetensors"]
    assert "version\t1.2.0\n" in sbv2("voices", "show", "back").out
    assert sbv2("voices", "convert", "back", "--to", "aivm", "-o", "b.aivm").status == 0
    assert Path("b.aivm").read_bytes() == published.read_bytes()


@pytest.mark.parametrize("option", ["--license", "--icon"])
def test_a_file_that_is_not_there(sbv2: Sbv2, option: str) -> None:
    result = sbv2("voices", "convert", "hana", "--to", "aivm", "-o", "a.aivm", option, "nothing")
    assert result.status == 2
    assert "error[usage.file]" in result.talk
    assert not Path("a.aivm").exists()


def test_a_licence_that_is_no_text(sbv2: Sbv2) -> None:
    Path("LICENSE").write_bytes("禁".encode("cp932"))
    result = sbv2(
        "voices", "convert", "hana", "--to", "aivm", "-o", "a.aivm", "--license", "LICENSE"
    )
    assert (result.status, "not UTF-8" in result.talk) == (2, True)
