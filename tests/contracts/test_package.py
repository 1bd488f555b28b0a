"""What is shipped: types, data, and nothing that only we need."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
import soundfile

from sbv2cli import licences

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "sbv2cli"
OLDEST_SETUPTOOLS = 77  # the licence as an expression


def files():
    return sorted(
        path for path in PACKAGE.rglob("*") if path.is_file() and path.parent.name != "__pycache__"
    )


def data_files():
    return [path.relative_to(PACKAGE) for path in files() if path.suffix != ".py"]


# Beside folders and hidden files. A script that somebody tried out has no place here.
AT_THE_TOP = frozenset(
    {"CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md", "LICENSE", "MANIFEST.in", "NOTICE"}
    | {"README.ja.md", "README.md", "SECURITY.md", "constraints.txt", "mkdocs.yml"}
    | {"pyproject.toml"}
)


def test_nothing_stray_lies_at_the_top():
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("no repository")
    listed = subprocess.run(
        [git, "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    top = {name for name in listed if "/" not in name and not name.startswith(".")}
    assert top == AT_THE_TOP


@pytest.mark.parametrize(
    "page", ["docs/how-to/without-torch.md", "docs/ja/how-to/without-torch.md"]
)
def test_who_installs_without_torch_is_told_every_other_package(page):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {re.split("[<>=]", row)[0] for row in project["dependencies"]}
    # pyopenjtalk-plus brings both of the second line.
    needed -= {"torch", "safetensors", "transformers"}
    needed -= {"sudachipy", "sudachidict-core"}
    text = (ROOT / page).read_text(encoding="utf-8")
    listed = re.search(r"^pip install (click .*) onnxruntime$", text, re.MULTILINE)
    assert listed is not None
    assert set(listed[1].split()) == needed


def test_types_are_shipped():
    assert Path("py.typed") in data_files()


def test_every_data_file_is_named_in_pyproject():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["sbv2cli"]
    taken = {path for pattern in patterns for path in PACKAGE.glob(pattern)}
    assert [path for path in data_files() if PACKAGE / path not in taken] == []


# Name in the source -> the package that brings it, where the two differ.
BRINGS = {
    "av": "av",
    "faster_whisper": "faster-whisper",
    "huggingface_hub": "huggingface-hub",
    "markdown_it": "markdown-it-py",
    "pyopenjtalk": "pyopenjtalk-plus",
    "python_calamine": "python-calamine",
}


def imported() -> Iterator[str]:
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from (name.name.partition(".")[0] for name in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level:
                yield str(node.module).partition(".")[0]


def test_every_package_that_is_imported_is_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    rows = [
        *project["dependencies"],
        *(row for name in extras if name != "dev" for row in extras[name]),
    ]
    declared = {re.split(r"[^\w.-]", row)[0].lower() for row in rows}
    names = set(imported()) - sys.stdlib_module_names - {"sbv2cli"}
    assert len(names) > 20
    # pyworld and ray are looked for by name; a module of ours for ray may not be there yet.
    assert {BRINGS.get(name, name) for name in names} - declared - {"ray"} == set()


def test_every_file_of_the_package_has_one_licence():
    held = {part.name: set(licences.files_of(part)) for part in licences.PARTS}
    assert all(held.values())
    counts = Counter(path for paths in held.values() for path in paths)
    assert [path for path in files() if counts[path] != 1] == []
    for part in licences.PARTS:
        assert part.notice is None or (PACKAGE / part.notice).is_file()


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """What a person who builds has, without anything that was built before."""
    if int(version("setuptools").partition(".")[0]) < OLDEST_SETUPTOOLS:
        pytest.skip("setuptools is too old to build without a download")
    tree = tmp_path_factory.mktemp("tree")
    left_out = shutil.ignore_patterns("__pycache__", ".*cache", "*.egg-info")
    for name in ("sbv2cli", "share", "docs", "samples", "tests", "tools"):
        shutil.copytree(ROOT / name, tree / name, ignore=left_out)
    for path in ROOT.iterdir():
        if path.is_file() and path.name[0] != ".":
            shutil.copy(path, tree)
    return tree


@pytest.fixture(scope="module")
def wheel(tree, tmp_path_factory):
    place = tmp_path_factory.mktemp("wheel")
    build = "wheel --no-deps --no-build-isolation --no-index --quiet --wheel-dir".split()
    subprocess.run(
        [sys.executable, "-m", "pip", *build, place, tree], check=True, capture_output=True
    )
    (wheel,) = place.glob("sbv2cli-*.whl")
    return wheel


@pytest.mark.slow
def test_the_wheel_holds_the_whole_package(wheel):
    held = set(zipfile.ZipFile(wheel).namelist())
    wanted = {f"sbv2cli/{path.relative_to(PACKAGE).as_posix()}" for path in files()}
    assert wanted - held == set()
    assert {name for name in held if name.startswith(("tests", "tools", "docs"))} == set()
    assert any(name.endswith("licenses/NOTICE") for name in held)
    assert any(name.endswith("share/man/man1/sbv2.1") for name in held)


@pytest.mark.slow
def test_an_installed_wheel_needs_no_tree(wheel, tmp_path):
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    (site,) = venv.glob("lib/python*/site-packages")
    # The packages that it needs, from where they are; a path in a .pth brings no .pth of its own.
    others = [path for path in sys.path if path.endswith("site-packages")]
    (site / "others.pth").write_text("\n".join(others) + "\n", encoding="utf-8")
    install = "install --quiet --no-deps --no-index --no-warn-script-location".split()
    pip = [sys.executable, "-m", "pip", "--python", venv / "bin" / "python"]
    subprocess.run([*pip, *install, wheel], check=True, capture_output=True)
    there = tmp_path / "there"
    there.mkdir()
    environment = {"PATH": f"{venv}/bin:/usr/bin:/bin", "HOME": str(there), "LC_ALL": "C.UTF-8"}

    def run(*command):
        done = subprocess.run(
            command, cwd=there, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    where = run(venv / "bin" / "python", "-c", "import sbv2cli; print(sbv2cli.__file__)")
    assert Path(where.strip()).is_relative_to(venv)
    run("sbv2", "say", "-o", "hello.wav", "おはようございます。")
    assert soundfile.info(there / "hello.wav").duration > 0.3
    told = json.loads(run("sbv2", "licences", "--json"))
    named = {name for part in told["parts"] for name in part["files"]}
    held = {
        name.removeprefix("sbv2cli/")
        for name in zipfile.ZipFile(wheel).namelist()
        if name.startswith("sbv2cli/") and not name.endswith("/")
    }
    assert named == held
    assert {package["name"] for package in told["packages"]} > {"torch", "numpy", "haqumei"}
    assert not [package for package in told["packages"] if not package["licence"]]
    for place in (
        "man/man1/sbv2-render.1",
        "bash-completion/completions/sbv2",
        "zsh/site-functions/_sbv2",
        "fish/vendor_completions.d/sbv2.fish",
    ):
        assert (venv / "share" / place).is_file()
    if shutil.which("man"):
        page = run("man", "-w", "-M", f"{venv}/share/man", "sbv2-render")
        assert page.strip().endswith("sbv2-render.1")


@pytest.mark.slow
def test_the_source_distribution_builds_and_has_its_tests(tree, tmp_path):
    build = "import sys, setuptools.build_meta as b; print(b.build_sdist(sys.argv[1]))"
    subprocess.run(
        [sys.executable, "-c", build, tmp_path], cwd=tree, check=True, capture_output=True
    )
    (made,) = tmp_path.glob("sbv2cli-*.tar.gz")
    with tarfile.open(made) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    for folder in ("sbv2cli", "share", "docs", "tests", "tools", "samples"):
        wanted = {
            path.relative_to(tree).as_posix()
            for path in (tree / folder).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        assert wanted - held == set()
    assert {"constraints.txt", "LICENSE", "NOTICE", "CITATION.cff", "CHANGELOG.md"} <= held
