"""A voice as ONNX graphs in a folder, with its configuration and its style vectors.

`NAME.onnx` has the signature that other programs know; `NAME.plan.onnx` and `NAME.render.onnx` are
for `--backend onnx`, and so are `NAME.begin.onnx` and `NAME.step.onnx` of a diffusion. Only what
speaks is in them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import onnx

from sbv2cli.engine.onnx.graph import SIGNATURE
from sbv2cli.engine.torch import loading
from sbv2cli.errors import UsageError
from sbv2cli.export import check, voice_files, voice_graphs
from sbv2cli.export.destination import new_folder
from sbv2cli.export.eight_bits import store_in_eight_bits
from sbv2cli.export.options import Options, Report
from sbv2cli.export.parts import exporters_of
from sbv2cli.voices import files

if TYPE_CHECKING:
    from sbv2cli.engine.torch.network import Network
    from sbv2cli.export.parts import Exporters
    from sbv2cli.voices.bundle import Bundle


# Durations are equal all the same. This is no promise of quality, which is measured in
# docs/how-to/convert-a-voice.md, but a bound that a broken file exceeds.
EIGHT_BIT_TOLERANCE = 0.5

# Of a diffusion, where graphs are compared with the network: the first, one between, and the last.
CHECKED_STEPS = 3

ENDINGS = {"voice": ".onnx", **files.ENDINGS}


def convert(bundle: Bundle, out: Path, options: Options) -> Report:
    """Write the folder `out`."""
    if voice_files.is_graph(bundle):
        raise UsageError(
            "export.graph",
            f'"{bundle.weights.name}" is a graph already, and its weights cannot be taken out',
            hint="convert the voice that it was made from",
        )
    at = str(bundle.path)
    parts = loading.parts_of(bundle.config, where=at)
    exporters = exporters_of(parts, at=at)
    network = loading.load(bundle)
    signatures = _signatures(exporters, options.signature, at=at)
    with new_folder(out, force=options.force) as made:
        paths = _write(bundle, network, exporters, made, signatures)
        worst = _differences(bundle, network, paths)
        check.must_be_near({kind: value for kind, value in worst.items() if kind == "plan"})
        check.must_be_near(worst, tolerance=parts.vocoder.tolerance)
        if options.quantize:
            _store_in_eight_bits(paths, _coarse(parts, exporters))
            worst = _differences(bundle, network, paths)
            check.must_be_near(worst, tolerance=EIGHT_BIT_TOLERANCE)
        voice_files.write_companions(bundle, made)
        names = sorted(file.name for file in made.iterdir())
    return Report(files=tuple(out / name for name in names), worst=worst)


def file_stem(name: str) -> str:
    """The voice's name, without what no file system takes."""
    return re.sub(r'[\x00-\x1f<>:"/\\|?*]', "_", name).strip(". ") or "voice"


def _signatures(exporters: Exporters, wanted: str, *, at: str) -> frozenset[str]:
    """Which of the two are written; not every architecture has a published one."""
    if exporters.acoustic.published:
        return frozenset(("published", "own") if wanted == "both" else (wanted,))
    if wanted == "published":
        raise UsageError(
            "export.signature",
            "other programs have no common signature for networks of this architecture",
            at=at,
            hint="--signature own",
        )
    return frozenset(("own",))


def _write(
    bundle: Bundle,
    network: Network,
    exporters: Exporters,
    folder: Path,
    signatures: frozenset[str],
) -> Mapping[str, Path]:
    """The graphs, by their kind."""
    config = bundle.config
    metadata = {
        "signature": SIGNATURE,
        "architecture": config.architecture,
        "channels": network.acoustic.channels,
        "frame_multiple": network.acoustic.frame_multiple,
        "frame_samples": network.vocoder.frame_samples,
        "rate": config.rate,
        "bundle": bundle.fingerprint(),
        "bert_slots": dict(_slots(bundle)),
    }
    if exporters.acoustic.sampling is not None:
        metadata["parts"] = list(files.ENDINGS)
    made: dict[str, onnx.ModelProto] = {}
    with_features = bool(_slots(bundle))
    if "published" in signatures:
        slots = len(loading.architecture_of(config).feature_slots)
        made["voice"] = voice_graphs.published_graph(
            network, exporters, metadata, slots=slots, heard=with_features
        )
    if "own" in signatures:
        made |= voice_graphs.own_graphs(network, exporters, metadata, with_features=with_features)
    paths = {kind: folder / f"{file_stem(bundle.name)}{ENDINGS[kind]}" for kind in made}
    for kind, model in made.items():
        paths[kind].write_bytes(model.SerializeToString())
    return paths


def _slots(bundle: Bundle) -> Mapping[str, int]:
    """Language -> slot of its features; none where the voice needs no BERT."""
    return loading.architecture_of(bundle.config).feature_slots if bundle.config.needs_bert else {}


def _coarse(parts: loading.Parts, exporters: Exporters) -> list[str]:
    """Beginnings of a network's parameters that eight bits are enough for."""
    large = exporters.acoustic.large if parts.vocoder.coarse_frames else ()
    return [
        *(f"{loading.ACOUSTIC}.{name}" for name in large),
        *(f"{loading.VOCODER}.{name}" for name in parts.vocoder.coarse),
    ]


def _store_in_eight_bits(paths: Mapping[str, Path], coarse: Sequence[str]) -> None:
    """Also in the published graph, but nothing that decides durations."""
    for kind, path in paths.items():
        if kind != "plan":
            model = onnx.load(path)
            store_in_eight_bits(model, coarse)
            path.write_bytes(model.SerializeToString())


def _differences(bundle: Bundle, network: Network, paths: Mapping[str, Path]) -> dict[str, float]:
    """How far each graph is off at most."""
    architecture = loading.architecture_of(bundle.config)
    slots = len(architecture.feature_slots)
    diffusion = bundle.config.diffusion
    batches = check.draw_lines(
        network,
        bundle.style_vectors,
        slots=slots,
        with_features=bool(_slots(bundle)),
        steps=0 if diffusion is None else diffusion.nearest(CHECKED_STEPS),
    )
    sessions = {kind: check.Session(path) for kind, path in paths.items()}
    compare: Mapping[str, Callable[[check.Session, Sequence[check.Line]], float]] = {
        "voice": partial(check.published_difference, slots=slots)
        if slots
        else check.symbols_difference,
        "plan": check.plan_difference,
        "begin": check.begin_difference,
        "step": lambda session, lines: check.step_difference(session, sessions["begin"], lines),
        "render": check.render_difference,
    }
    return {
        kind: max(compare[kind](session, lines) for lines in batches)
        for kind, session in sessions.items()
    }
