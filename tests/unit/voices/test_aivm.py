"""AIVM metadata: read leniently, held against the rules strictly, pictures left alone."""

from __future__ import annotations

import base64
import contextlib
import json
import struct

import pytest
from aivmlib.schemas.aivm_manifest import DEFAULT_AIVM_MANIFEST, AivmManifest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sbv2cli.errors import VoiceError
from sbv2cli.voices.aivm import container
from sbv2cli.voices.aivm import manifest as aivm_manifest
from sbv2cli.voices.aivm.manifest import Media
from sbv2cli.voices.configs import voice_config as config

ICON = "data:image/png;base64," + base64.b64encode(b"\x89PNG and so on").decode()
SOUND = "data:audio/wav;base64," + base64.b64encode(b"RIFF and so on!").decode()
CONFIG = json.dumps(
    {"version": "2.0-JP-Extra", "data": {"spk2id": {"花子": 0}, "style2id": {"Neutral": 0}}}
)


def raw(**changes):
    """A manifest that keeps every rule."""
    style = {
        "name": "ノーマル",
        "icon": None,
        "local_id": 0,
        "voice_samples": [{"audio": SOUND, "transcript": "こんにちは。"}],
    }
    speaker = {
        "name": "花子",
        "icon": ICON,
        "supported_languages": ["ja"],
        "uuid": "b0ca560a-4d4f-4d2c-8a4b-6f5a3f6d2a01",
        "local_id": 0,
        "styles": [style],
    }
    return {
        "manifest_version": "1.0",
        "name": "花子",
        "description": "明るい声",
        "creators": ["Jane Doe <jane@example.com>"],
        "license": "# ACML 1.0\n\nText.",
        "model_architecture": "Style-Bert-VITS2 (JP-Extra)",
        "model_format": "Safetensors",
        "training_epochs": 100,
        "training_steps": 2000,
        "uuid": "b0ca560a-4d4f-4d2c-8a4b-6f5a3f6d2a00",
        "version": "1.0.0",
        "speakers": [speaker],
        **changes,
    }


def parse(content):
    return aivm_manifest.parse(json.dumps(content), where="x")


def breaches(content):
    return aivm_manifest.breaches(parse(content), config.parse(CONFIG, where="x"))


def test_what_is_read_is_written():
    content = raw(extra={"a": [1]})
    content["speakers"][0]["colour"] = "red"
    content["speakers"][0]["styles"][0]["mood"] = 3
    content["speakers"][0]["styles"][0]["voice_samples"][0]["by"] = "me"
    assert json.loads(aivm_manifest.dump(parse(content))) == content
    assert parse(content).other == {"extra": {"a": [1]}}


def test_the_package_agrees_on_a_good_one():
    assert breaches(raw()) == []
    AivmManifest.model_validate_json(aivm_manifest.dump(parse(raw())))


def test_the_manifest_of_the_package_is_read():
    text = DEFAULT_AIVM_MANIFEST.model_dump_json()
    read = aivm_manifest.parse(text, where="x")
    assert json.loads(aivm_manifest.dump(read)) == json.loads(text)
    assert aivm_manifest.breaches(read, config.parse(CONFIG, where="x")) == []


def without(content, *keys):
    return {key: value for key, value in content.items() if key not in keys}


def speaker_with(**changes):
    content = raw()
    content["speakers"][0].update(changes)
    return content


def style_with(**changes):
    content = raw()
    content["speakers"][0]["styles"][0].update(changes)
    return content


# What the package refuses, we refuse to write; and the message names it.
BROKEN = [
    (raw(name=""), "name"),
    (raw(name="あ" * 81), "81 characters"),
    (raw(description="a" * 141), "141 characters"),
    (raw(creators=[""]), "creator"),
    (raw(creators=["a" * 256]), "256 characters"),
    (raw(model_architecture="VITS"), '"VITS"'),
    (raw(model_format="pth"), '"pth"'),
    (raw(uuid="x"), "uuid of the voice"),
    (raw(version="1.0"), "not like 1.0.0"),
    (raw(version="1.0.0-"), "not like 1.0.0"),
    (raw(version="1.0.0-01"), "not like 1.0.0"),
    (speaker_with(name="a" * 81), "81 characters"),
    (speaker_with(icon="data:image/gif;base64,AAAA"), "image/gif"),
    (speaker_with(icon=None), "no icon"),
    (speaker_with(uuid="?"), "uuid of speaker"),
    (speaker_with(supported_languages=["Japanese"]), "Japanese"),
    (speaker_with(supported_languages=["ja", "en-us"]), "en-us"),
    (style_with(name=""), "0 characters"),
    (style_with(name="a" * 21), "21 characters"),
    (style_with(local_id=32), "last allowed is 31"),
    (style_with(icon="http://example.com/a.png"), "icon of style"),
    (style_with(voice_samples=[{"audio": ICON, "transcript": "a"}]), "recording 1"),
    (style_with(voice_samples=[{"audio": SOUND, "transcript": ""}]), "no transcript"),
]


@pytest.mark.parametrize(("content", "said"), BROKEN)
def test_what_the_package_refuses_is_a_breach(content, said):
    with pytest.raises(ValidationError):
        AivmManifest.model_validate_json(json.dumps(content))
    found = breaches(content)
    assert any(said in message for _, message in found), found


# What the package lets pass although no program could speak it.
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (raw(speakers=[]), "no speaker"),
        (raw(speakers=raw()["speakers"] * 2), "more than one speaker"),
        (raw(model_architecture="Style-Bert-VITS2"), "config.json"),
        (speaker_with(styles=[]), "no style"),
        (speaker_with(local_id=3), "number 3, which config.json does not have"),
        (style_with(local_id=3), "number 3, which config.json does not have"),
        (speaker_with(icon="data:image/png;base64,A"), "not base64"),
    ],
)
def test_what_does_not_fit_the_voice_is_a_breach(content, said):
    assert any(said in message for _, message in breaches(content))


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("{", "voice.aivm-manifest", "not JSON"),
        ("[" * 100_000, "voice.aivm-manifest", "nested too deeply"),
        ("1" * 5_000, "voice.aivm-manifest", "a number too long"),
        ("[]", "voice.aivm-manifest", "wanted an object"),
        ("{}", "voice.aivm-manifest", '"manifest_version" of the manifest is missing'),
        (json.dumps(raw(manifest_version="2.0")), "voice.aivm-version", '"2.0"'),
        (json.dumps(without(raw(), "name")), "voice.aivm-manifest", '"name"'),
        (json.dumps(raw(name=3)), "voice.aivm-manifest", "is 3, wanted a text"),
        (json.dumps(raw(creators="me")), "voice.aivm-manifest", "a list"),
        (json.dumps(raw(creators=[1])), "voice.aivm-manifest", "a list of texts"),
        (json.dumps(raw(speakers=[3])), "voice.aivm-manifest", "speakers 1 is 3"),
        (json.dumps(speaker_with(local_id=True)), "voice.aivm-manifest", "a whole number"),
        (json.dumps(style_with(local_id=None)), "voice.aivm-manifest", "speakers 1, styles 1"),
        (json.dumps(style_with(voice_samples=[{}])), "voice.aivm-manifest", '"audio"'),
    ],
)
def test_what_cannot_be_read_is_said(text, code, said):
    with pytest.raises(VoiceError) as caught:
        aivm_manifest.parse(text, where="a.aivm")
    assert caught.value.code == code
    assert said in caught.value.message
    assert caught.value.hint
    assert caught.value.at == "a.aivm"


def test_little_is_needed():
    read = parse({"manifest_version": "1.1", "name": "a"})
    assert (read.creators, read.licence, read.speakers, read.epochs) == ((), None, (), None)


@given(st.recursive(st.none() | st.integers() | st.text(), st.lists), st.data())
def test_any_json_is_read_or_refused(value, data):
    content = raw()
    place = data.draw(st.sampled_from([content, content["speakers"][0]]))
    place[data.draw(st.sampled_from(sorted(place)))] = value
    with contextlib.suppress(VoiceError):
        list(parse(content).media())
        breaches(content)


def test_media_are_measured_without_being_decoded():
    for data in (b"", b"a", b"ab", b"abc", bytes(1000)):
        media = Media(f"data:audio/mp4;base64,{base64.b64encode(data).decode()}")
        assert (media.size, media.kind) == (len(data), "audio/mp4")
        assert media.decode() == data
    broken = Media("data:audio/wav;base64,A!!!")
    assert broken.kind == "audio/wav"
    for url in ("data:audio/wav;base64,A!!!", "http://example.com", "", "data:,x"):
        with pytest.raises(VoiceError):
            Media(url).decode()
    assert "AAAA" not in repr(Media("data:image/png;base64,AAAA"))


def safetensors(path, metadata):
    header = json.dumps({"__metadata__": metadata}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header)
    return path


@pytest.mark.parametrize("metadata", [[], "x", 3, {"aivm_manifest": 3}, None])
def test_metadata_that_is_no_table_of_texts(tmp_path, metadata):
    with pytest.raises(VoiceError) as caught:
        container.read(safetensors(tmp_path / "a.aivm", metadata))
    assert caught.value.code in ("voice.weights-broken", "voice.aivm-metadata")


@pytest.mark.parametrize("styles", ["!", "", base64.b64encode(b"no numpy").decode()])
def test_style_vectors_that_are_none(tmp_path, styles):
    texts = {container.CONFIG: "{}", container.STYLES: styles}
    with pytest.raises(VoiceError) as caught:
        container.read(safetensors(tmp_path / "a.aivm", texts))
    assert caught.value.code == "voice.styles-file"


def test_style_vectors_and_manifest_may_be_missing(tmp_path):
    read = container.read(safetensors(tmp_path / "a.aivm", {container.CONFIG: "{}"}))
    assert read.styles is None
    assert read.manifest() is None


@given(st.binary(max_size=200))
@pytest.mark.parametrize("name", ["a.aivm", "a.aivmx"])
def test_any_bytes_are_refused(tmp_path_factory, name, data):
    path = tmp_path_factory.mktemp("bytes") / name
    path.write_bytes(data)
    with pytest.raises(VoiceError):
        container.read(path)
