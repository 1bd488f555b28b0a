"""Networks are named in their own places alone: whoever adds one touches nothing else."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import shell

from sbv2cli import tables
from sbv2cli.models import ARCHITECTURES, VOCODERS

PACKAGE = shell.ROOT / "sbv2cli"
NAMES = re.compile(rf"\b({'|'.join([*ARCHITECTURES, *VOCODERS])})\b", re.IGNORECASE)

PLACES = ("models/", "voices/configs/", "training/objectives/", "training/recipes/")


def named_by_rows() -> set[str]:
    """Modules that a row says pack, export or train its network."""
    rows = [*ARCHITECTURES.values(), *VOCODERS.values()]
    fields = ("pack", "export", "objective")
    wanted = [getattr(tables.load(row), field) for row in rows for field in fields]
    return {
        target.partition(":")[0].removeprefix("sbv2cli.").replace(".", "/") + ".py"
        for target in wanted
        if target is not None
    }


def said(source: str) -> set[str]:
    """Names of networks among what a module imports, calls or compares; not in its prose."""
    found: set[str] = set()
    tree = ast.parse(source)
    prose = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        texts = []
        if isinstance(node, ast.ImportFrom):
            texts = [node.module or "", *(alias.name for alias in node.names)]
        elif isinstance(node, ast.Name):
            texts = [node.id]
        elif isinstance(node, ast.Attribute):
            texts = [node.attr]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            texts = [] if id(node) in prose else [node.value]
        found |= {match[0] for text in texts for match in NAMES.finditer(text)}
    return found


@pytest.mark.parametrize(
    "module",
    sorted(PACKAGE.rglob("*.py")),
    ids=lambda path: path.relative_to(PACKAGE).as_posix(),
)
def test_no_network_is_named_elsewhere(module: Path):
    path = module.relative_to(PACKAGE).as_posix()
    if path.startswith(PLACES) or path in named_by_rows():
        return
    assert said(module.read_text(encoding="utf-8")) == set()


def test_a_name_would_be_found():
    assert said('if architecture == "vits": pass') == {"vits"}
    assert said("from sbv2cli.models.vits.model import Vits") == {"vits", "Vits"}
    assert said('"""Plain VITS has no styles."""') == set()
