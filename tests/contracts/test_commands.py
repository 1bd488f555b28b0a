"""What every command owes its users: an example first, a page that is true, a quick start."""

from __future__ import annotations

import re
import subprocess
import sys

import click
import pytest
import shell

from sbv2cli.cli.main import COMMANDS

ALL = dict(shell.commands())
NAMES = [" ".join(words) for words in ALL]


@pytest.fixture(params=ALL, ids=NAMES)
def words(request):
    return request.param


def help_of(words):
    return ALL[words].get_help(click.Context(ALL[words], info_name=" ".join(("sbv2", *words))))


def examples(words):
    before = re.split(r"^\w[\w -]*:$", help_of(words), maxsplit=1, flags=re.MULTILINE)[0]
    _, mark, rest = before.partition("Example")
    assert mark, "the help has no example"
    return [row.strip() for row in rest.splitlines()[1:] if "sbv2" in row and row[:4] == "    "]


def test_help_leads_with_an_example_that_is_true(words):
    found = examples(words)
    assert found
    for row in found:
        for arguments in shell.calls(row):
            shell.parse(arguments)


def test_an_example_shows_the_command_itself(words):
    shown = [arguments for row in examples(words) for arguments in shell.calls(row)]
    assert any(tuple(arguments[: len(words)]) == words for arguments in shown)


def test_the_table_has_one_line_for_each_command():
    for name, (target, line) in COMMANDS.items():
        assert target.startswith("sbv2cli.cli.commands."), name
        assert line.endswith("."), name
        assert len(line) <= 60, name


def test_the_reference_shows_the_help_as_it_is():
    # If this fails: python tools/docs_cli.py
    program = [sys.executable, shell.ROOT / "tools" / "docs_cli.py", "--check"]
    assert subprocess.run(program, check=False).returncode == 0


@pytest.mark.parametrize(
    "row",
    [
        "sbv2 rendr a.txt",
        "sbv2 render a.txt --spead 2",
        "cat a.txt | sbv2 say -m hana --show plan",
        "sbv2 voices lst",
        "sbv2 check a.txt --show everything",
    ],
)
def test_an_example_that_is_not_true_is_found(row):
    (arguments,) = shell.calls(row)
    with pytest.raises(click.ClickException):
        shell.parse(arguments)
