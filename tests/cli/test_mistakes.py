"""What a person meets who mistakes one thing for another: the next step, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest
from stage import Sbv2, script


@pytest.fixture(autouse=True)
def there(stage: Path) -> None:
    """A script, a table of another language, and what is neither."""
    del stage
    script("a.txt", "はい。\n")
    script("en.csv", "id,speaker,line_en\na,太郎,Hello.\n")
    script("two.csv", "id,text_ja,line_ja\na,はい。,はい。\n")
    script("b.pdf", "%PDF-1.4\n")


@pytest.mark.parametrize(
    ("arguments", "status", "english", "japanese"),
    [
        (
            ("render", "hana", "a.txt", "-n"), 2,
            "that is a voice and no script\n  at: hana\n  hint: name the voice with -m hana",
            "それは声で、台本ではありません\n  場所: hana\n  対処: 声は -m hana で指定してください",
        ),
        (
            ("book", "a.txt", "out.m4b", "-m", "hana"), 2,
            "hint: what is written is named with -o: -o out.m4b",
            "対処: 書き出す先は -o で指定してください: -o out.m4b",
        ),
        (
            ("check", "en.csv"), 2,
            "no column has the language ja; there is line_en",
            "言語 ja の列がありません。あるのは line_en です",
        ),
        (
            ("check", "two.csv"), 2,
            "several columns have the language ja: text_ja, line_ja",
            "言語 ja の列がいくつもあります: text_ja, line_ja",
        ),
        (
            ("check", "b.pdf"), 2,
            ".pdf is a PDF, which is not read",
            ".pdf: PDF。この形式は読めません",
        ),
        (
            ("voices", "shwo"), 2,
            "No such command 'shwo'. Did you mean 'show'?",
            "'shwo' というコマンドはありません。'show' ではありませんか？",
        ),
        (
            ("export", "out", "--to", "srt", "--character", "花子"), 2,
            "hint: the lines name no characters",
            "対処: 行に話者の名前がありません",
        ),
        (
            ("join", "out", "-o", "j.flac", "--opening", "a.txt"), 2,
            "the sound cannot be read: format not recognised",
            "音声を読めません: 知らない形式です",
        ),
        (
            ("say", "-m", "hana", "-o", "x.wav", "a.txt"), 0,
            '"a.txt" is a file, and its name is spoken; to speak what is in it: sbv2 say -i a.txt',
            "その名前をそのまま読み上げます。中身を読み上げるには: sbv2 say -i a.txt",
        ),
    ],
)  # fmt: skip
def test_the_next_step_is_told(
    sbv2: Sbv2,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    status: int,
    english: str,
    japanese: str,
) -> None:
    if "out" in arguments:
        assert sbv2("render", "a.txt", "-m", "hana", "--no-fsync").status == 0
    for language, told in (("en", english), ("ja", japanese)):
        monkeypatch.setenv("SBV2_MESSAGES", language)
        result = sbv2(*arguments)
        assert result.status == status
        assert told in result.talk


def test_say_names_no_option_that_it_has_not(sbv2: Sbv2) -> None:
    Path("euc.txt").write_bytes("こんにちは。日本語の文章です。\n".encode("euc-jp"))
    result = sbv2("say", "-m", "hana", "-i", "euc.txt", "-o", "x.wav")
    assert result.status == 2
    assert "--encoding" not in result.talk
    assert "hint: save it as UTF-8, or pipe it in: iconv -f euc-jp" in result.talk


def test_a_text_that_is_no_file_is_only_spoken(sbv2: Sbv2) -> None:
    result = sbv2("say", "-m", "hana", "-o", "x.wav", "b.txt")
    assert result.status == 0
    assert "warning" not in result.talk.replace("audio.", "")
