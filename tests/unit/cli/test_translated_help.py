"""Help cut by columns and not by characters."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.cli.main import sbv2
from sbv2cli.cli.translated_help import formatter_class
from sbv2cli.cli.wrapping import columns, wrapped

JAPANESE = "台本を読み、一行に一つの音声ファイルと、マニフェスト（manifest.jsonl）を書きます。"


def test_a_line_has_the_width_and_begins_with_no_mark():
    lines = wrapped(JAPANESE, 20)
    assert "".join(lines) == JAPANESE
    assert max(map(columns, lines)) <= 20 + len("、")
    assert [line for line in lines if line[0] in "、。）"] == []


def test_words_are_not_cut():
    assert "manifest.jsonl" in "".join(wrapped(JAPANESE, 30)).split("（")[1]
    assert any("manifest.jsonl" in line for line in wrapped(JAPANESE, 30))


@given(st.text(alphabet="あ亜a bー。「」", max_size=60), st.integers(10, 40))
def test_nothing_is_lost(text, width):
    assert "".join(wrapped(text, width)).replace(" ", "") == text.replace(" ", "")


def _commands(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None and not inner.hidden:
                yield from _commands(inner, f"{path} {name}")


COMMANDS = dict(_commands(sbv2, "sbv2"))


@pytest.mark.parametrize("path", COMMANDS)
def test_no_option_is_told_in_english(path: str):
    command = COMMANDS[path]
    context = click.Context(command, info_name=path)
    records = [parameter.get_help_record(context) for parameter in command.get_params(context)]
    told = {one[0]: one[1] for one in records if one is not None and one[1]}
    assert [option for option, text in told.items() if not _is_japanese(text)] == []
    assert [option for option in told if "INTEGER" in option or "FLOAT" in option] == []


def test_no_command_in_a_list_is_told_in_english():
    below = {path: one.get_short_help_str(60) for path, one in COMMANDS.items() if " " in path}
    assert [path for path, text in below.items() if not _is_japanese(text)] == []


def _is_japanese(text: str) -> bool:
    formatter = formatter_class("ja")(width=2000)
    formatter.write_dl([("x", text)])
    shown = formatter.getvalue().partition(" [既定")[0]
    return columns(shown) > len(shown)


def test_a_line_may_begin_with_an_ending_of_files_but_with_no_accent_mark():
    assert wrapped("書き出すもの: .m4b、.mp3、.flac", 14) == [
        "書き出すもの:",
        ".m4b、.mp3、",
        ".flac",
    ]
    assert wrapped("キョ'ーワ", 4) == ["キョ'ー", "ワ"]
    assert wrapped("例: '{id}'", 6) == ["例:", "'{id}'"]
