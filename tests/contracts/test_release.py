"""Versions, changelog, citation, issue templates, man pages: what a release is made of."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import subprocess
import sys
import tomllib

import pytest
import shell

from sbv2cli.cli.main import COMMANDS
from sbv2cli.version import RELEASED, VERSION

sys.path.insert(0, str(shell.ROOT / "tools"))

import changelog
import pictures

CITATION = shell.ROOT / "CITATION.cff"
TEMPLATES = shell.ROOT / ".github" / "ISSUE_TEMPLATE"
PAGES = sorted((shell.ROOT / "share" / "man" / "man1").glob("*.1"))


def test_the_version_is_one_of_semver_and_stands_in_one_place():
    assert changelog.SEMVER.fullmatch(VERSION)
    assert dt.date.fromisoformat(RELEASED)
    project = tomllib.loads((shell.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["dynamic"] == ["version"]
    text = CITATION.read_text(encoding="utf-8")
    assert f"version: {VERSION}\n" in text
    assert f"date-released: {RELEASED}\n" in text


def test_badges_say_what_the_package_says():
    for name, drawn in pictures.badges().items():
        assert (pictures.IMAGES / name).read_text(encoding="utf-8") == drawn
        for readme in ("README.md", "README.ja.md"):
            assert f"docs/images/{name}" in (shell.ROOT / readme).read_text(encoding="utf-8")


def test_every_python_that_is_named_is_asked_for():
    project = tomllib.loads((shell.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"]))
    assert named == ["3.11", "3.12", "3.13", "3.14"]
    assert project["requires-python"] == ">=3.11"


def test_the_citation_fits_its_schema():
    cffconvert = pytest.importorskip("cffconvert", reason="no validator of citations here")
    cffconvert.Citation(CITATION.read_text(encoding="utf-8")).validate()


def test_issue_templates_are_in_both_languages():
    yaml = pytest.importorskip("yaml", reason="no parser of YAML here")
    names = {path.name for path in TEMPLATES.glob("*.yml")} - {"config.yml"}
    english = {name for name in names if not name.endswith(".ja.yml")}
    assert {name.replace(".yml", ".ja.yml") for name in english} == names - english
    for name in english:
        one, two = (
            yaml.safe_load((TEMPLATES / each).read_text(encoding="utf-8"))
            for each in (name, name.replace(".yml", ".ja.yml"))
        )
        assert {"name", "description", "body", "labels"} <= one.keys()
        assert [(row["type"], row["id"]) for row in one["body"]] == [
            (row["type"], row["id"]) for row in two["body"]
        ]


def test_a_release_gathers_the_fragments(tmp_path):
    for name in ("CHANGELOG.md", "CITATION.cff", "sbv2cli/version.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(shell.ROOT / name, tmp_path / name)
    shutil.copytree(shell.ROOT / "docs" / "changelog.d", tmp_path / "docs" / "changelog.d")
    said = [path.read_text(encoding="utf-8").split() for path in changelog.fragments(tmp_path)]
    changelog.release(tmp_path, "1.2.3", "2030-01-02")
    text = (tmp_path / "CHANGELOG.md").read_text(encoding="utf-8")
    assert text.index("## Unreleased") < text.index("## 1.2.3 (2030-01-02)") < text.index("### New")
    assert all(" ".join(words)[1:] in text for words in said)
    assert changelog.fragments(tmp_path) == []
    assert (tmp_path / "docs" / "changelog.d" / "README.md").is_file()
    assert 'VERSION = "1.2.3"' in (tmp_path / "sbv2cli" / "version.py").read_text(encoding="utf-8")
    assert "date-released: 2030-01-02\n" in (tmp_path / "CITATION.cff").read_text(encoding="utf-8")
    for wrong in ("1.2", "v1.2.3"):
        with pytest.raises(SystemExit, match="SemVer"):
            changelog.release(tmp_path, wrong, "2030-01-02")


def test_every_command_has_a_man_page():
    names = {"-".join(("sbv2", *words)) for words, _ in shell.commands()} | {"sbv2"}
    assert {path.stem for path in PAGES} == names
    assert len(PAGES) > len(COMMANDS)


@pytest.mark.parametrize(
    "judge",
    [
        ["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z"],
        ["mandoc", "-T", "lint", "-W", "warning"],
    ],
    ids=["man", "mandoc"],
)
def test_man_pages_are_well_formed(judge):
    if shutil.which(judge[0]) is None:
        pytest.skip(f"no {judge[0]} here")
    for path in PAGES:
        done = subprocess.run([*judge, path], capture_output=True, text=True, check=False)
        complaints = done.stderr + (done.stdout if judge[0] == "mandoc" else "")
        assert complaints == "", path.name
