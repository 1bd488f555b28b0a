"""Tokens: grouped into words, laid over the text, made with and without the model's file."""

from __future__ import annotations

from pathlib import Path

import pytest
import sentencepiece

from sbv2cli.errors import MachineError
from sbv2cli.languages.english import ENGLISH, FOLDER_VARIABLE, English
from sbv2cli.languages.english.tokens import (
    between_blanks,
    chunks,
    lay_over,
    model_tokens,
    whole_word_tokens,
)
from sbv2cli.languages.language import ReadOptions

CORPUS = [
    "Hello, how are you today? It's half past ten, don't worry.",
    "The quick brown fox jumps over the lazy dog; well-known words, (in brackets) too!",
    "five hundred dollars and fifty cents at ten thirty p.m. in the U.S.A.",
    "reading writing talking walked talks readable unreadable internationalization",
]


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like that of the English language model, with a little tokeniser of its kind."""
    folder = tmp_path_factory.mktemp("deberta")
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(CORPUS * 20),
        model_prefix=str(folder / "spm"),
        vocab_size=90,
        hard_vocab_limit=False,
        control_symbols=["[CLS]", "[SEP]"],
        minloglevel=2,
    )
    return folder


def test_a_mark_inside_a_word_belongs_to_it() -> None:
    assert chunks(["▁don", "'", "t", ",", "▁well", "-", "known", "."]) == [
        ("don", "'", "t"),
        (",",),
        ("well", "-", "known"),
        (".",),
    ]
    assert chunks(["x", "y", "▁", "世", "▁'", "'"]) == [("x", "y"), ("", "世"), ("'",), ("'",)]
    assert between_blanks(["▁p", ".", "m", ".", "▁on"]) == [("p", ".", "m", "."), ("on",)]


def test_tokens_without_a_model_are_words_and_marks() -> None:
    assert whole_word_tokens("Don't go, “now” ...") == ("▁Don ' t ▁go , ▁“ now ” ▁. . .".split(" "))
    assert whole_word_tokens(" \t ") == []


def test_tokens_lie_where_they_stand() -> None:
    text = "It's ½ ﬁne"
    tokens = ["▁It", "'", "s", "▁1⁄2", "▁fine"]
    assert [text[slice(*span)] for span in lay_over(text, tokens)] == ["It", "'", "s", "½", "ﬁne"]


@pytest.mark.parametrize("mode", ["better", "compat"])
@pytest.mark.parametrize(
    "text", [*CORPUS, "At 5pm I paid $19.99: 50% of it — naïve!", "", "世 \ud842"]
)
def test_a_reading_lines_up_with_the_model(model_folder: Path, text: str, mode: str) -> None:
    reading = English(model_folder=model_folder).read(text, ReadOptions(mode=mode))
    tokens = model_tokens(model_folder, reading.model_text)
    assert len(reading.phones_per_token) == len(tokens) + 2
    assert sum(reading.phones_per_token) == len(reading.phones)


@pytest.mark.parametrize("text", CORPUS)
def test_what_is_said_does_not_depend_on_the_tokeniser(model_folder: Path, text: str) -> None:
    """So a voice without a language model loses nothing by having no spm.model."""
    with_model, without = English(model_folder=model_folder).read(text), ENGLISH.read(text)
    assert with_model.phones == without.phones
    assert with_model.tones == without.tones


def test_the_folder_may_come_from_the_environment(
    model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    assert ENGLISH.missing_tokeniser().code == "english.tokeniser-missing"
    assert len(ENGLISH.tokenise("unreadable")) == 1
    monkeypatch.setenv(FOLDER_VARIABLE, str(model_folder))
    assert ENGLISH.missing_tokeniser() is None
    assert len(ENGLISH.tokenise("unreadable")) > 1


def test_a_broken_model_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "spm.model").write_bytes(b"not a model")
    with pytest.raises(MachineError) as caught:
        English(model_folder=tmp_path).read("Hello")
    assert caught.value.code == "bert.vocabulary"
    assert caught.value.at == str(tmp_path / "spm.model")
