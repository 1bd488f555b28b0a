"""Where BERT models are found, and what is said when they are not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sbv2cli.engine.bert.folders import PUBLISHED, find_bert
from sbv2cli.errors import MachineError, UsageError
from sbv2cli.settings.folders import data_directory

SHORT = {language: name.split("/")[1] for language, name in PUBLISHED.items()}
KINDS = {
    "ja": ("deberta-v2", "vocab.txt"),
    "en": ("deberta-v2", "spm.model"),
    "zh": ("bert", "vocab.txt"),
}


def model(folder: Path, language: str = "ja") -> Path:
    kind, vocabulary = KINDS[language]
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"model_type": kind}))
    (folder / vocabulary).write_text("")
    return folder


@pytest.fixture
def home(tmp_path) -> dict[str, str]:
    return {"HOME": str(tmp_path / "home")}


@pytest.mark.parametrize("language", PUBLISHED)
def test_each_place_is_found(tmp_path, home, language):
    voice = tmp_path / "models" / "amitaro"
    voice.mkdir(parents=True)
    cache = tmp_path / "home" / ".cache" / "huggingface" / "hub"
    snapshot = f"models--{PUBLISHED[language].replace('/', '--')}/snapshots/0123"
    # From the last place to the first: each new one wins over those before it.
    for folder in (
        cache / snapshot,
        data_directory(home) / "bert" / SHORT[language],
        tmp_path / "bert" / SHORT[language],
        tmp_path / "models" / "bert" / SHORT[language],
        voice / "bert" / SHORT[language],
    ):
        model(folder, language)
        assert find_bert(language, voice=voice, environment=home) == folder
    everything = model(tmp_path / "all" / SHORT[language], language).parent
    environment = home | {"SBV2_BERT": str(everything)}
    assert find_bert(language, voice=voice, environment=environment) == everything / SHORT[language]
    own = model(tmp_path / "own", language)
    environment[f"SBV2_BERT_{language.upper()}"] = str(own)
    assert find_bert(language, voice=voice, environment=environment) == own
    argument = model(tmp_path / "argument", language)
    found = find_bert(language, given=argument, voice=voice, environment=environment)
    assert found == argument


def test_a_model_of_another_language_is_no_answer(tmp_path, home):
    environment = home | {"SBV2_BERT": str(model(tmp_path / "japanese", "ja"))}
    assert find_bert("ja", environment=environment) == tmp_path / "japanese"
    with pytest.raises(MachineError):
        find_bert("zh", environment=environment)


def test_a_hub_name_is_looked_up_in_the_cache_alone(tmp_path, home):
    snapshots = tmp_path / "hub" / "models--somebody--model" / "snapshots"
    environment = home | {"HF_HUB_CACHE": str(tmp_path / "hub")}
    with pytest.raises(MachineError):
        find_bert("ja", given="somebody/model", environment=environment)
    folder = model(snapshots / "abc")
    assert find_bert("ja", given="somebody/model", environment=environment) == folder


def test_the_error_names_every_place_and_the_command(tmp_path, home):
    environment = home | {"SBV2_BERT": str(tmp_path / "nothing")}
    with pytest.raises(MachineError) as raised:
        find_bert("ja", voice=tmp_path / "models" / "amitaro", environment=environment)
    error = raised.value
    assert error.code == "bert.missing"
    assert 'BERT "deberta-v2-large-japanese-char-wwm"' in error.message
    assert f"{tmp_path / 'nothing'} (SBV2_BERT)" in error.message
    for place in ("models/amitaro/bert", "models/bert", "home/.local/share/sbv2/bert"):
        assert str(tmp_path / place) in error.message
    assert error.hint == "sbv2 voices install --bert ja, or set SBV2_BERT to the folder it is in"


def test_a_place_that_is_found_on_two_ways_is_named_once(home):
    voice = data_directory(home) / "voices" / "amitaro"
    with pytest.raises(MachineError) as raised:
        find_bert("ja", voice=voice, environment=home)
    places = raised.value.message.partition("looked at: ")[2].split("; ")
    assert str(data_directory(home) / "bert") in places
    assert len(places) == len(set(places)) == 3


def test_what_was_named_for_a_language_is_the_only_place(tmp_path, home):
    model(data_directory(home) / "bert" / SHORT["ja"])
    for how in ({"given": tmp_path / "x"}, {"environment": home | {"SBV2_BERT_JA": "/nowhere"}}):
        with pytest.raises(MachineError) as raised:
            find_bert("ja", **{"environment": home} | how)
        assert ".local" not in raised.value.message
        # What is installed would not be seen.
        assert "unset SBV2_BERT_JA" in raised.value.hint or "no other place" in raised.value.hint


def test_an_unknown_language(home):
    with pytest.raises(UsageError) as raised:
        find_bert("jp", environment=home)
    assert raised.value.code == "bert.language"


def test_looking_needs_no_torch_and_computing_no_transformers():
    code = (
        "import sys, sbv2cli.engine.bert.folders\n"
        "assert not {'torch', 'numpy'} & set(sys.modules)\n"
        "import sbv2cli.engine.bert.loading\n"
        "assert 'transformers' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
