"""Piper voices: `NAME.onnx`, a graph of plain VITS, and `NAME.onnx.json`, how it is spoken with.

Sizes stand in the shapes of the weights and in the nodes of the graph, not in the JSON file.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import TYPE_CHECKING, Any

from sbv2cli.errors import VoiceError
from sbv2cli.records import Delivery, TextRules
from sbv2cli.voices import piper_graph
from sbv2cli.voices.configs import sbv2
from sbv2cli.voices.configs.section import names, section, text, whole, wrong
from sbv2cli.voices.configs.voice_config import VoiceConfig, object_of
from sbv2cli.voices.phonologies.own_symbols import OwnSymbols
from sbv2cli.voices.phonologies.phonology import BLANK
from sbv2cli.voices.phonologies.symbol_table import SymbolTable

if TYPE_CHECKING:
    from pathlib import Path

    from sbv2cli.voices.piper_graph import Named

BLANK_SYMBOL, BEGIN, END = "_", "^", "$"

# What became of the text before it was symbols.
ESPEAK, LETTERS = "espeak", "text"

# Symbols where the file does not count them, and samples of a frame: those of all published voices.
SYMBOLS, FRAME_SAMPLES = 256, 256

LAYERS = "enc_p.encoder.attn_layers"


def read(file: Path, *, taken_apart: bool = True) -> VoiceConfig:
    """The configuration of a graph.

    Where its weights are to be `taken_apart`, their sizes are compared with what the file says.
    """
    path = piper_graph.config_of(file)
    where = str(path)
    raw = object_of(path.read_text(encoding="utf-8-sig", errors="replace"), where)
    if "phoneme_id_map" not in raw:
        raise wrong("phoneme_id_map", None, "the symbols of a Piper voice", where)
    sizes = {"num_symbols": SYMBOLS, "num_speakers": 1, **raw}
    rows, speakers = (whole(sizes, key, where) for key in ("num_symbols", "num_speakers"))
    network: dict[str, Any] = {}
    if taken_apart:
        graph = piper_graph.read(file)
        network = _network(graph)
        _compare(graph, rows, speakers, path)
    table, others = _table(raw, rows, where)
    audio, how = section(raw, "audio", where), section(raw, "inference", where)
    return VoiceConfig(
        name=file.name.removesuffix(piper_graph.SUFFIX),
        version=str(raw.get("piper_version", "")),
        architecture="vits",
        rate=whole({"sample_rate": None, **audio}, "sample_rate", where),
        frame_samples=prod(network["upsample_rates"]) if network else FRAME_SAMPLES,
        add_blank=True,
        speakers=names(raw, "speaker_id_map", where),
        speaker_count=speakers,
        styles={"Neutral": 0},
        network=network,
        needs_bert=False,
        licence=text(raw, "license"),
        phonology=OwnSymbols(
            table=table,
            text_rules=_rules(raw, table, others, where),
            edges=_edges(table),
        ),
        has_styles=False,
        defaults=Delivery(
            speed=1 / _number(how, "length_scale", 1.0, where, least=0.1),
            noise=_number(how, "noise_scale", 0.667, where),
            noise_w=_number(how, "noise_w", 0.8, where),
        ),
        tensors="piper",
    )


def _compare(graph: Named, rows: int, speakers: int, said: Path) -> None:
    tables = graph.has(piper_graph.SPEAKERS)
    for key, wanted, found in (
        ("num_symbols", rows, graph.shape(piper_graph.SYMBOLS)[0]),
        ("num_speakers", speakers, graph.shape(piper_graph.SPEAKERS)[0] if tables else 1),
    ):
        if wanted != found:
            raise VoiceError(
                "voice.sizes",
                f'"{key}" is {wanted} in {said.name}, and the weights have {found}',
                at=str(graph.graph.path),
                hint="take both files from the same place",
            )


def _network(graph: Named) -> dict[str, Any]:
    """The sizes, by their published names."""
    hidden = graph.shape(piper_graph.SYMBOLS)[1]
    inner = graph.shape("enc_p.encoder.ffn_layers.0.conv_1.weight")
    initial, inter, _ = graph.shape("dec.conv_pre.weight")
    rates, kernels = _upsampling(graph)
    resblock, block_kernels, dilations = _blocks(graph, len(rates))
    speakers = graph.has(piper_graph.SPEAKERS)
    return {
        **sbv2.NETWORK_DEFAULTS,
        "hidden_channels": hidden,
        "inter_channels": inter,
        "filter_channels": inner[0],
        "kernel_size": inner[2],
        "n_heads": hidden // graph.shape(f"{LAYERS}.0.emb_rel_k")[2],
        "n_layers": _count(graph, LAYERS + ".{}.conv_q.weight"),
        "resblock": resblock,
        "resblock_kernel_sizes": block_kernels,
        "resblock_dilation_sizes": dilations,
        "upsample_rates": rates,
        "upsample_kernel_sizes": kernels,
        "upsample_initial_channel": initial,
        "gin_channels": graph.shape(piper_graph.SPEAKERS)[1] if speakers else 0,
        "use_transformer_flow": False,
        "use_sdp": graph.has(piper_graph.SHIFT),
    }


def _upsampling(graph: Named) -> tuple[list[int], list[int]]:
    """Rates, which are strides of nodes, and kernels."""
    count = _count(graph, "dec.ups.{}.weight")
    tensors = [f"dec.ups.{index}.weight" for index in range(count)]
    return (
        [_attribute(graph, name, "strides") for name in tensors],
        [graph.shape(name)[2] for name in tensors],
    )


def _blocks(graph: Named, stages: int) -> tuple[str, list[int], list[list[int]]]:
    """The kind of residual block, its kernels and dilations; those of all stages are alike."""
    pairs = graph.has("dec.resblocks.0.convs1.0.weight")
    convs = "dec.resblocks.{}." + ("convs1" if pairs else "convs") + ".{}.weight"
    count = _count(graph, convs.replace(".{}.weight", ".0.weight"))
    if not stages or count % stages:
        raise piper_graph.strange(graph.graph.path, f"{count} residual blocks, {stages} stages")
    kernels, dilations = [], []
    for block in range(count // stages):
        own = convs.replace("{}", str(block), 1)
        kernels.append(graph.shape(own.format(0))[2])
        layers = range(_count(graph, own))
        dilations.append([_attribute(graph, own.format(layer), "dilations") for layer in layers])
    return "1" if pairs else "2", kernels, dilations


def _attribute(graph: Named, weight: str, name: str) -> int:
    node = graph.convolutions.get(weight)
    numbers = () if node is None else node.whole_numbers.get(name, (1,))
    if len(numbers) != 1:
        raise piper_graph.strange(graph.graph.path, f'nothing says the {name} of "{weight}"')
    return numbers[0]


def _count(graph: Named, name: str) -> int:
    count = 0
    while graph.has(name.format(count)):
        count += 1
    return count


def _table(raw: Mapping[str, Any], rows: int, where: str) -> tuple[SymbolTable, dict[str, str]]:
    """The symbols, and those that have the number of another: what they are said as."""
    found = section(raw, "phoneme_id_map", where)
    symbols, others = [""] * rows, {}
    for symbol, numbers in found.items():
        good = isinstance(numbers, list) and len(numbers) == 1 and isinstance(numbers[0], int)
        if not good or not 0 <= numbers[0] < rows or not symbol:
            wanted = f"a list of one number below {rows}"
            raise wrong(f"phoneme_id_map.{symbol}", numbers, wanted, where)
        if symbols[numbers[0]]:
            others[symbol] = symbols[numbers[0]]
        else:
            symbols[numbers[0]] = symbol
    if symbols[BLANK] != BLANK_SYMBOL:
        raise wrong(f"phoneme_id_map.{BLANK_SYMBOL}", found.get(BLANK_SYMBOL), "[0]", where)
    return SymbolTable(symbols=tuple(symbols), where=where), others


def _edges(table: SymbolTable) -> tuple[int, int] | None:
    known = table.ids()
    return (known[BEGIN], known[END]) if {BEGIN, END} <= known.keys() else None


def _rules(
    raw: Mapping[str, Any], table: SymbolTable, others: Mapping[str, str], where: str
) -> TextRules | None:
    """How text is written; `None` where the voice had it from a program that is not known here."""
    kind = raw.get("phoneme_type", ESPEAK)
    voice = section(raw, "espeak", where).get("voice")
    language = section(raw, "language", where).get("code", voice)
    if kind not in (ESPEAK, LETTERS) or not isinstance(language, str):
        return None
    if kind == ESPEAK and not isinstance(voice, str):
        raise wrong("espeak.voice", voice, "the name of a voice of espeak-ng", where)
    replaced = section(raw, "phoneme_map", where)
    if not all(isinstance(new, list) and all(map(_is_text, new)) for new in replaced.values()):
        raise wrong("phoneme_map", replaced, "an object of symbols and lists of symbols", where)
    known = {symbol for symbol in table.symbols if len(symbol) == 1}
    return TextRules(
        language=language,
        known=frozenset(known - {BLANK_SYMBOL, BEGIN, END}),
        casing="fold" if kind == LETTERS else "keep",
        decomposed=True,
        replaced=(*((old, "".join(new)) for old, new in replaced.items()), *others.items()),
        espeak=voice if kind == ESPEAK else None,
    )


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _number(
    how: Mapping[str, Any], key: str, default: float, where: str, *, least: float = 0.0
) -> float:
    value = how.get(key, default)
    if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= 10:
        raise wrong(f"inference.{key}", value, f"a number from {least} to 10", where)
    return float(value)
