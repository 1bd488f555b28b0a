"""What is shipped: types, data, and nothing that only we need."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "sbv2cli"
OLDEST_SETUPTOOLS = 77  # the licence as an expression


def files():
    return sorted(
        path for path in PACKAGE.rglob("*") if path.is_file() and path.parent.name != "__pycache__"
    )


def data_files():
    return [path.relative_to(PACKAGE) for path in files() if path.suffix != ".py"]


def test_types_are_shipped():
    assert Path("py.typed") in data_files()


def test_every_data_file_is_named_in_pyproject():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["sbv2cli"]
    taken = {path for pattern in patterns for path in PACKAGE.glob(pattern)}
    assert [path for path in data_files() if PACKAGE / path not in taken] == []


@pytest.mark.slow
def test_the_wheel_holds_the_whole_package(tmp_path):
    if int(version("setuptools").partition(".")[0]) < OLDEST_SETUPTOOLS:
        pytest.skip("setuptools is too old to build without a download")
    tree = tmp_path / "tree"
    tree.mkdir()
    shutil.copytree(PACKAGE, tree / "sbv2cli", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, tree)
    build = "wheel --no-deps --no-build-isolation --no-index --quiet --wheel-dir".split()
    subprocess.run(
        [sys.executable, "-m", "pip", *build, tmp_path, tree], check=True, capture_output=True
    )
    (wheel,) = tmp_path.glob("sbv2cli-*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    wanted = {f"sbv2cli/{path.relative_to(PACKAGE).as_posix()}" for path in files()}
    assert wanted - held == set()
    assert {name for name in held if name.startswith(("tests", "tools", "docs"))} == set()
    assert any(name.endswith("licenses/NOTICE") for name in held)
