"""No class over 250 lines, no function over 60: what is longer does more than one thing."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import shell

PACKAGE = shell.ROOT / "sbv2cli"
LONGEST_CLASS = 250
LONGEST_FUNCTION = 60


def too_long() -> Iterator[str]:
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                longest = LONGEST_CLASS
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                longest = LONGEST_FUNCTION
            else:
                continue
            assert node.end_lineno is not None
            if node.end_lineno - node.lineno + 1 > longest:
                yield f"{path.relative_to(PACKAGE).as_posix()}: {node.name}"


def test_nothing_is_too_long() -> None:
    assert set(too_long()) == set()
