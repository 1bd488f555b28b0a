"""Every error code in the source: a string that is nothing but a dotted code."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "sbv2cli"
CODE = re.compile(r"[a-z]{2,}(?:-[a-z]+)*\.[a-z]+(?:-[a-z]+)*(?:256)?")
# What looks like a code: names of files, hosts and tensors; some modules hold many of those.
ENDINGS = (
    ".bin .json .jsonl .md .txt .toml .model .safetensors .csv .png .tsv .npy .npz .onnx .dict .en "
    ".dic .dense .weight .bias .ass .dat .lab .xml .lcpl .co .sha256 .html .css .js"
).split()
# Codes that end like a file.
LIKE_FILES = frozenset({"hub.sha256", "reading.json", "say.json", "script.json", "script.xml"})
TENSOR_NAMES = PACKAGE / "models" / "weights.py"


def of(path: Path) -> set[str]:
    """The codes in a module."""
    if path == TENSOR_NAMES or path.match("models/*/architecture.py"):
        return set()
    strings = {
        node.value
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    codes = {
        text
        for text in strings
        if CODE.fullmatch(text) and (text in LIKE_FILES or not text.endswith(tuple(ENDINGS)))
    }
    return codes | made(path)


def made(path: Path) -> set[str]:
    """The codes that `tables.resolve` makes of the word for what it looks up."""
    return {
        f"{keyword.value.value}.unknown"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "kind"
        and isinstance(keyword.value, ast.Constant)
        and "resolve" in ast.unparse(node.func)
    }


def modules() -> list[Path]:
    """Every module of the package."""
    return sorted(PACKAGE.rglob("*.py"))
