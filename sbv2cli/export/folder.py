"""A voice as a folder of plain files: `config.json`, `style_vectors.npy`, and weights or graph."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sbv2cli.export import voice_files
from sbv2cli.export.aivm import check_one_file
from sbv2cli.export.destination import new_folder
from sbv2cli.export.options import Options, Report
from sbv2cli.voices.aivm import container, onnx_file
from sbv2cli.voices.aivm import manifest as aivm_manifest

if TYPE_CHECKING:
    from sbv2cli.voices.bundle import Bundle


def convert(bundle: Bundle, out: Path, options: Options) -> Report:
    """Write the folder; a manifest is laid beside, so that nothing of an AIVM file is lost."""
    manifest = container.manifest_of(bundle.weights)
    with new_folder(out, force=options.force) as made:
        voice_files.write_companions(bundle, made)
        if manifest is not None:
            text = aivm_manifest.dump(manifest)
            (made / container.MANIFEST_FILE).write_text(text + "\n", encoding="utf-8")
        if voice_files.is_graph(bundle):
            for graph in bundle.parts.values():
                check_one_file(graph)
                onnx_file.rewrite(graph, made / f"{graph.stem}.onnx", drop=container.KEYS, add={})
        else:
            weights = made / f"{bundle.weights.stem}.safetensors"
            voice_files.write_weights(bundle, weights, {})
            voice_files.write_vocoder(bundle, made)
            voice_files.check_same(bundle, made)
        names = sorted(file.relative_to(made) for file in made.rglob("*") if file.is_file())
    return Report(files=tuple(out / name for name in names))
