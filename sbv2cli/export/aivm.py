"""A voice as one file that carries everything: `.aivm` with its weights, `.aivmx` with its graph.

Both are the weights or the graph of the voice with three texts beside them; neither other weights
nor another graph.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sbv2cli import tables
from sbv2cli.errors import UsageError, VoiceError
from sbv2cli.export import FORMATS, voice_files
from sbv2cli.export.aivm_metadata import manifest_of
from sbv2cli.export.destination import new_file
from sbv2cli.export.options import Options, Report
from sbv2cli.voices import files
from sbv2cli.voices.aivm import container, onnx_file
from sbv2cli.voices.aivm import manifest as aivm_manifest

if TYPE_CHECKING:
    from sbv2cli.voices.aivm.manifest import Manifest
    from sbv2cli.voices.bundle import Bundle

PUBLISHED = frozenset(
    "x_tst x_tst_lengths sid tones language bert style_vec"
    " length_scale sdp_ratio noise_scale noise_scale_w".split()
)
"""Inputs of a published graph; a multilingual one has two more."""


def to_aivm(bundle: Bundle, out: Path, options: Options) -> Report:
    """Write an `.aivm` file."""
    _check_suffix(out, container.AIVM)
    manifest = manifest_of(bundle, options.metadata, aivm_manifest.SAFETENSORS)
    with new_file(out, force=options.force) as made:
        voice_files.write_weights(bundle, made, _texts(bundle, manifest))
        voice_files.check_same(bundle, made)
        _check_manifest(made, manifest)
    return _report(out, manifest)


def to_aivmx(bundle: Bundle, out: Path, options: Options) -> Report:
    """Write an `.aivmx` file; a voice with weights goes through the exporter of graphs first."""
    _check_suffix(out, container.AIVMX)
    manifest = manifest_of(bundle, options.metadata, aivm_manifest.ONNX)
    with new_file(out, force=options.force) as made:
        graph, worst = published_graph_of(bundle, made.parent / "graph", options)
        onnx_file.rewrite(graph, made, drop=container.KEYS, add=_texts(bundle, manifest))
        _check_manifest(made, manifest)
    return replace(_report(out, manifest), worst=worst)


def published_graph_of(
    bundle: Bundle, folder: Path, options: Options
) -> tuple[Path, Mapping[str, float]]:
    """A voice's graph with the published inputs, made in `folder` where the voice has weights."""
    if voice_files.is_graph(bundle):
        graph = _published(bundle)
        _check_graph(graph)
        return graph, {}
    converter = tables.resolve(FORMATS, "onnx", kind="format")
    report = converter(bundle, folder, replace(options, signature="published", force=False))
    (graph,) = [path for path in report.files if path.suffix == ".onnx"]
    _check_graph(graph)
    return graph, report.worst


def _published(bundle: Bundle) -> Path:
    """The graph of a voice; in a folder with our two halves, the one that lies beside them."""
    halves = tuple(bundle.parts.values())
    if "render" not in bundle.parts:
        return bundle.weights
    others = files.listed(bundle.weights.parent, "onnx")
    return next((file for file in others if file not in halves), bundle.weights)


def _check_graph(graph: Path) -> None:
    missing = PUBLISHED - set(onnx_file.input_names(graph))
    if missing:
        raise UsageError(
            "export.signature",
            f'the graph "{graph.name}" lacks the published input "{min(missing)}"',
            at=str(graph),
            hint="make one with: sbv2 voices convert VOICE --to onnx --signature published -o DIR",
        )
    check_one_file(graph)


def check_one_file(graph: Path) -> None:
    """Refuse a graph whose weights lie beside it: the new file would be without them."""
    if onnx_file.data_files(graph):
        raise UsageError(
            "export.external-data",
            f'the weights of "{graph.name}" are in another file',
            at=str(graph),
            hint="save the graph as one file first, or give the voice with its weights",
        )


def _texts(bundle: Bundle, manifest: Manifest) -> dict[str, str]:
    return {
        container.MANIFEST: aivm_manifest.dump(manifest),
        container.CONFIG: voice_files.config_text(bundle),
        container.STYLES: base64.b64encode(voice_files.styles_bytes(bundle)).decode(),
    }


def _check_manifest(made: Path, manifest: Manifest) -> None:
    if container.read(made).manifest() != manifest:
        raise VoiceError(
            "export.differs",
            "the manifest cannot be read back as it was written",
            at=str(made.name),
            hint="this is a bug in sbv2; report it",
        )


def _check_suffix(out: Path, suffix: str) -> None:
    if out.suffix != suffix:
        raise UsageError(
            "export.name",
            f'"{out.name}" does not end with {suffix}; programs know the file by that',
            hint=f"-o {out.with_suffix(suffix)}",
        )


def _report(out: Path, manifest: Manifest) -> Report:
    facts = {"name": manifest.name, "uuid": manifest.uuid, "version": manifest.version}
    return Report(files=(out,), facts=facts)
