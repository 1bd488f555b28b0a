"""Every row of every table leads to something that works and is described."""

from __future__ import annotations

import re
import tomllib

import pytest
import shell
from timed_lines import OPTIONS, track

from sbv2cli import tables
from sbv2cli.engine import BACKENDS, PRECISIONS
from sbv2cli.languages import LANGUAGES
from sbv2cli.languages.language import ReadOptions
from sbv2cli.models import ARCHITECTURES
from sbv2cli.readers import READERS
from sbv2cli.readers.detect import load
from sbv2cli.readers.format import Format
from sbv2cli.settings.keys import KEYS
from sbv2cli.voices.files import RUN_BY
from sbv2cli.writers import WRITERS
from sbv2cli.writers.audio.formats import FORMATS

REFERENCE = shell.ROOT / "docs" / "reference"
SAMPLES = {"ja": "今日は晴れだ。", "en": "It is fine today.", "zh": "今天天气很好。"}


def marked(page):
    """The words of a reference page that stand as code."""
    return set(re.findall(r"`([^`\n]+)`", (REFERENCE / page).read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", LANGUAGES)
def test_languages(name):
    language = tables.resolve(LANGUAGES, name, kind="language")
    assert language.code == name
    reading = language.read(SAMPLES[name], ReadOptions())
    assert reading.language == name
    assert sum(reading.phones_per_token) == len(reading.phones) == len(reading.tones)
    assert reading.phones[0] == reading.phones[-1] == "_"
    assert name in marked("languages.md")


@pytest.mark.parametrize("name", READERS)
def test_readers(name):
    assert isinstance(load(name), Format)
    assert name in marked("script-formats.md")


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_architectures(name):
    architecture = tables.resolve(ARCHITECTURES, name, kind="architecture")
    assert architecture.name == name
    assert set(architecture.feature_slots) <= set(LANGUAGES)
    assert name in marked("voices.md")


@pytest.mark.parametrize("name", FORMATS)
def test_formats_of_sound(name):
    assert name in marked("sound-formats.md")
    encoder = FORMATS[name].encoder
    assert callable(tables.resolve({name: encoder}, name, kind="format"))


@pytest.mark.parametrize("name", WRITERS)
def test_derived_files(name):
    write = tables.resolve({name: WRITERS[name].writer}, name, kind="format")
    nothing = ([],) if WRITERS[name].table else (track([], 0.0), OPTIONS)
    assert isinstance(write(*nothing), bytes)
    assert name in marked("derived-files.md")


def test_formats_of_sound_in_settings():
    assert set(KEYS["format"].choices) <= set(FORMATS)
    assert set(KEYS["subtype"].choices) == {s for row in FORMATS.values() for s in row.subtypes}


def test_words_that_a_setting_takes_are_those_of_the_engine():
    from sbv2cli.engine.torch.backend import DTYPES

    assert set(KEYS["precision"].names()) == {"auto", *PRECISIONS}
    assert set(KEYS["backend"].names()) == {"auto", *BACKENDS}
    assert set(DTYPES) == set(BACKENDS["torch"].precisions)
    assert set(RUN_BY) == set(BACKENDS)
    subtypes = {subtype for row in FORMATS.values() for subtype in row.subtypes}
    assert set(KEYS["subtype"].choices) == subtypes


def test_every_package_of_an_extra_is_in_that_extra():
    project = tomllib.loads((shell.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    for package, extra in tables.EXTRAS.items():
        names = [re.split(r"[<>=!~\[ ]", wanted)[0] for wanted in extras[extra]]
        assert package.replace("_", "-") in names
