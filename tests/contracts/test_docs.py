"""Documents stay true: what they call exists, what they link is there, nothing is left out."""

from __future__ import annotations

import re
import tomllib

import pytest
import shell

DOCS = shell.ROOT / "docs"
FOLDERS = ("tutorial", "how-to", "reference", "explanation")
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")


def name_of(path):
    return path.relative_to(shell.ROOT).as_posix()


pages = pytest.mark.parametrize("page", shell.documents(), ids=name_of)


@pages
def test_examples_parse(page):
    for row in shell.examples(page.read_text(encoding="utf-8")):
        for arguments in shell.calls(row):
            shell.parse(arguments)


@pages
def test_commands_in_the_text_exist(page):
    for mention in shell.mentions(page.read_text(encoding="utf-8")):
        assert shell.known(mention.split()[1:]), mention


@pages
def test_links_lead_somewhere(page):
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_page_is_in_the_index_of_its_folder(folder):
    index = (DOCS / folder / "README.md").read_text(encoding="utf-8")
    linked = set(LINK.findall(index))
    there = {page.name for page in (DOCS / folder).glob("*.md")} - {"README.md"}
    assert there <= linked


def test_paths_in_comments_of_the_source_lead_somewhere():
    named = {
        place
        for path in (shell.ROOT / "sbv2cli").rglob("*.py")
        for place in re.findall(r"docs/[\w/-]+\.md", path.read_text(encoding="utf-8"))
    }
    assert {place for place in named if not (shell.ROOT / place).is_file()} == set()


def test_every_wall_is_in_the_picture_of_the_architecture():
    project = tomllib.loads((shell.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    walled = {
        module
        for contract in contracts
        for key in ("protected_modules", "forbidden_modules")
        for module in contract.get(key, ())
        if not module.startswith("sbv2cli")
    }
    assert len(walled) > 8
    picture = (DOCS / "explanation" / "architecture.md").read_text(encoding="utf-8")
    assert walled - set(re.findall(r"\w+", picture)) == set()


def test_rows_that_are_no_calls_are_left_alone():
    assert list(shell.calls("cd sbv2cli && ls")) == []
    assert list(shell.calls("echo やあ | sbv2 say -o - | aplay -q")) == [["say", "-o", "-"]]


def test_changelog_fragments_have_a_topic_and_a_kind():
    kinds = "feature|fix|speed|sound|docs"
    fragments = [path for path in (DOCS / "changelog.d").iterdir() if path.name != "README.md"]
    assert fragments
    for path in fragments:
        assert re.fullmatch(rf"[a-z0-9-]+\.({kinds})\.md", path.name), path.name
        assert path.read_text(encoding="utf-8").strip().endswith("."), path.name
