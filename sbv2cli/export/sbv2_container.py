"""A voice as a `.sbv2` file: what sbv2_core in Rust, its bindings and its WebAssembly sister open.

A tar archive, compressed by zstd, of `version.txt`, `style_vectors.json` and `model.onnx`. That
runtime gives a graph neither noise scales nor features of other languages, and always speaker 0.
Source: the reader and the converter of tuna2134/sbv2-api (MIT).
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnx
import zstandard
from onnx import numpy_helper

from sbv2cli.errors import UsageError, VoiceError
from sbv2cli.export.aivm import published_graph_of
from sbv2cli.export.destination import new_file
from sbv2cli.export.options import Options, Report
from sbv2cli.export.plan_inputs import PUBLISHED_NOISE
from sbv2cli.voices.aivm import container

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbv2cli.voices.bundle import Bundle

SUFFIX = ".sbv2"
VERSION = "1"
MODEL, STYLES, VERSION_FILE = "model.onnx", "style_vectors.json", "version.txt"

RATE = 44_100  # of every sound that the runtime writes

GIVEN = frozenset(
    "x_tst x_tst_lengths sid tones language bert style_vec sdp_ratio length_scale".split()
)
"""Inputs that the runtime gives."""


def convert(bundle: Bundle, out: Path, options: Options) -> Report:
    """Write a `.sbv2` file; a voice with weights goes through the exporter of graphs first."""
    if out.suffix != SUFFIX:
        raise UsageError(
            "export.name",
            f'"{out.name}" does not end with {SUFFIX}; programs know the file by that',
            hint=f"-o {out.with_suffix(SUFFIX)}",
        )
    with new_file(out, force=options.force) as made:
        graph, worst = published_graph_of(bundle, made.parent / "graph", options)
        members = {
            VERSION_FILE: VERSION.encode(),
            STYLES: _styles(bundle.style_vectors),
            MODEL: _speakable(graph),
        }
        write(made, members)
        if read(made) != members:
            raise VoiceError(
                "export.differs",
                "the container cannot be read back as it was written",
                at=out.name,
                hint="this is a bug in sbv2; report it",
            )
    return Report(files=(out,), worst=worst, warnings=tuple(_surprises(bundle)))


def _surprises(bundle: Bundle) -> Iterator[str]:
    config = bundle.config
    if config.rate != RATE:
        yield (
            f"programs that open {SUFFIX} files play everything at {RATE} Hz, and this voice has"
            f" {config.rate}: there it is {RATE / config.rate:.2f} times too fast and too high"
        )
    if config.speaker_count > 1:
        first = min(config.speakers, key=lambda name: config.speakers[name])
        yield f'of its speakers they know the first alone, "{first}"'


def read(path: Path) -> dict[str, bytes]:
    """The members of a container by name."""
    found: dict[str, bytes] = {}
    with (
        path.open("rb") as file,
        zstandard.ZstdDecompressor().stream_reader(file) as plain,
        tarfile.open(fileobj=plain, mode="r|") as archive,
    ):
        for member in archive:
            content = archive.extractfile(member)
            if content is not None:
                found[member.name] = content.read()
    return found


def _styles(vectors: NDArray[np.float32]) -> bytes:
    rows = {"shape": list(vectors.shape), "data": vectors.astype(np.float32).tolist()}
    return json.dumps(rows).encode()


def _speakable(path: Path) -> bytes:
    """The graph with the usual noise where the runtime gives none, and without texts of AIVM."""
    model = onnx.load(path)
    for prop in [prop for prop in model.metadata_props if prop.key in container.KEYS]:
        model.metadata_props.remove(prop)
    kept = {tensor.name for tensor in model.graph.initializer}
    needed = {given.name for given in model.graph.input} - kept - GIVEN
    for name in sorted(needed & set(PUBLISHED_NOISE)):
        usual = np.array(PUBLISHED_NOISE[name], dtype=np.float32)
        model.graph.initializer.append(numpy_helper.from_array(usual, name))
    if absent := sorted(needed - set(PUBLISHED_NOISE)):
        raise UsageError(
            "export.architecture",
            f"programs that open {SUFFIX} files give no {absent[0]}, which this voice needs",
            at=str(path.name),
            hint="they speak voices of Style-Bert-VITS2 JP-Extra alone; use --to onnx",
        )
    content: bytes = model.SerializeToString()
    return content


def write(path: Path, members: Mapping[str, bytes]) -> None:
    """Write members; equal ones make an equal file: no times and no owners."""
    with (
        path.open("wb") as file,
        zstandard.ZstdCompressor(write_checksum=True).stream_writer(file) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o644
            archive.addfile(entry, io.BytesIO(content))
