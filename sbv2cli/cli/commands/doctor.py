"""`sbv2 doctor`: versions, devices, folders and settings."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sbv2cli import cpu_count
from sbv2cli.cli import jobs
from sbv2cli.cli.console import Word
from sbv2cli.cli.options.common import CommonOptions, common_options
from sbv2cli.cli.options.groups import Command
from sbv2cli.errors import EXIT_ENVIRONMENT, EXIT_OK, Sbv2Error
from sbv2cli.records import BERT_CHANNELS
from sbv2cli.settings.folders import data_directory
from sbv2cli.tables import EXTRAS
from sbv2cli.version import VERSION

if TYPE_CHECKING:
    from sbv2cli.settings.config import Configuration

CORE = (
    "torch numpy soundfile haqumei pyopenjtalk-plus safetensors transformers click tqdm"
).split()
# What voices as ONNX files do without.
TORCH = frozenset(("torch", "safetensors", "transformers"))
GIB = 2**30


@click.command(cls=Command, short_help="Show versions, devices, folders and settings.")
@click.option("--settings", is_flag=True, help="Show every setting and its origin.")
@click.option("--probe", is_flag=True, help="Load torch and try the device.")
@common_options
def doctor(common: CommonOptions, *, settings: bool, probe: bool) -> int:
    """Show versions, devices, folders and settings.

    \b
    Examples:
      sbv2 doctor
      sbv2 doctor --settings
      sbv2 doctor --probe --json
    """
    configuration = common.configuration()
    rows = list(_settings(configuration))
    if not settings:
        rows = [*_program(), *_packages(), *_programs(), *_onnxruntime(), *_places(configuration)]
        rows += _probe(configuration) if probe else []
    broken = [name for name, _, state in rows if state == "missing"]
    status = EXIT_ENVIRONMENT if broken else EXIT_OK
    if common.console.mode.json:
        found = [{"name": name, "value": value, "state": state} for name, value, state in rows]
        common.console.result({"rows": found, "broken": broken}, status=status)
        return status
    common.console.table(("", "", ""), [_words(*row, settings=settings) for row in rows])
    if broken:
        common.console.error(f"missing: {', '.join(broken)}")
    return status


def _words(name: str, value: Any, state: str, *, settings: bool) -> tuple[str, str, str]:
    """A row; names and values of settings, and paths, are as they are typed."""
    if settings:
        return name, str(value), Word(state)
    return Word(name), Word(value) if isinstance(value, str) else str(value), Word(state)


def _program() -> Iterator[tuple[str, Any, str]]:
    yield "sbv2", VERSION, "ok"
    yield "python", f"{platform.python_version()} ({sys.executable})", "ok"
    yield "system", f"{platform.system()} {platform.release()} {platform.machine()}", "ok"
    yield "processors", _processors(), "ok"
    free = shutil.disk_usage(Path.cwd()).free
    yield "disk here", f"{free / GIB:.1f} GiB free", "ok" if free > GIB else "low"


def _processors() -> str:
    usable, cores = cpu_count.usable(), cpu_count.cores()
    return str(usable) if usable == cores else f"{usable}, of {cores} cores"


def _packages() -> Iterator[tuple[str, Any, str]]:
    for package in CORE:
        found = _version(package)
        spared = package in TORCH and find_spec("onnxruntime") is not None
        yield package, found or "not installed", "ok" if found else _absent(spared=spared)
    for module, extra in EXTRAS.items():
        there = find_spec(module) is not None
        hint = "installed" if there else f"not installed: pip install 'sbv2cli[{extra}]'"
        yield f"{extra}: {module}", hint, "ok" if there else "optional"


def _absent(*, spared: bool) -> str:
    return "optional" if spared else "missing"


def _onnxruntime() -> Iterator[tuple[str, Any, str]]:
    if find_spec("onnxruntime") is not None:
        from sbv2cli.engine.onnx import backend as onnx_backend

        yield "onnxruntime", onnx_backend.describe(), "ok"


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _programs() -> Iterator[tuple[str, Any, str]]:
    from sbv2cli.languages import espeak

    there = espeak.is_installed()
    hint = "installed" if there else f"not installed: {espeak.INSTALL}"
    yield f"program: {espeak.PROGRAM}", hint, "ok" if there else "optional"


def _places(configuration: Configuration) -> Iterator[tuple[str, Any, str]]:
    from sbv2cli.engine.bert.folders import PUBLISHED, find_bert
    from sbv2cli.voices import search_path

    files = configuration.files
    yield "settings files", ", ".join(map(str, files)) or "none found", "ok"
    for place in jobs.voice_folders(configuration):
        count = len(list(search_path.voices_in([place]))) if place.is_dir() else 0
        yield "voices in", place, f"{count} found" if count else "none"
    try:
        found = search_path.find(configuration["voice"], jobs.voice_folders(configuration))
        yield "default voice", found.path, "ok"
    except Sbv2Error as error:
        yield "default voice", error.message, "none"
    yield "data", data_directory(), "ok"
    for language in PUBLISHED:
        try:
            yield f"BERT {language}", find_bert(language, width=BERT_CHANNELS), "ok"
        except Sbv2Error as error:
            yield f"BERT {language}", error.message, "optional"


def _probe(configuration: Configuration) -> list[tuple[str, Any, str]]:
    import torch

    from sbv2cli.engine import devices
    from sbv2cli.engine.torch import cuda
    from sbv2cli.engine.torch.backend import choose_device

    rows: list[tuple[str, Any, str]] = [
        ("torch threads", torch.get_num_threads(), "ok"),
        ("cuda", torch.version.cuda or "a build without CUDA", "ok"),
    ]
    for index in range(torch.cuda.device_count() if torch.cuda.is_available() else 0):
        facts = torch.cuda.get_device_properties(index)
        rows.append((f"cuda:{index}", f"{facts.name}, {facts.total_memory / GIB:.0f} GiB", "ok"))
    try:
        for name in devices.present(configuration["device"], cuda.count):
            device = choose_device(name)
            total = float(torch.ones(64, 64, device=device).sum())
            rows.append(("device", f"{device}, computes", "ok" if total == 64 * 64 else "missing"))
    except Sbv2Error as error:
        rows.append(("device", error.message, "missing"))
    return rows


def _settings(configuration: Configuration) -> Iterator[tuple[str, Any, str]]:
    for name, value, origin in configuration.rows():
        yield name, _plain(value), origin


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if value is None:
        return ""
    return value if isinstance(value, str | int | float | bool) else str(value)
