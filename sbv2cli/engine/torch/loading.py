"""Bundle -> network with its weights: strict, complete, in float32."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from sbv2cli import tables
from sbv2cli.engine.memory import is_full
from sbv2cli.engine.torch.network import Network
from sbv2cli.engine.torch.weights_file import published_tensors, read_tensors
from sbv2cli.errors import MachineError, Sbv2Error, VoiceError
from sbv2cli.models import (
    ARCHITECTURES,
    PUBLISHED_VOCODER,
    VOCODERS,
    mel_latent,
    unsupported,
    weights,
)
from sbv2cli.records import Inventory

if TYPE_CHECKING:
    from sbv2cli.models.architecture import Architecture, VocoderKind
    from sbv2cli.voices.bundle import Bundle
    from sbv2cli.voices.configs.voice_config import VoiceConfig

# A network is at most so much LARGER than the tensors it is filled from, and computes fewer numbers
# for itself than SPARE: windows, tables of places. Without tensors there is ROOM for 8 GB.
LARGER, SPARE, ROOM = 4, 4 << 20, 2 << 30

# What is said of a file that is not of this voice; then its tensors tell whether it is one at all.
MISFITS = frozenset({"voice.weights", "voice.config"})

SPEAKERS = "emb_g.weight"  # the table of speakers, in every published file

# The parts of a `Network`.
ACOUSTIC, VOCODER = "acoustic", "vocoder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a voice's network is made of, before it is made."""

    architecture: Architecture
    vocoder: VocoderKind
    section: Mapping[str, Any]  # of the configuration, that has the vocoder's sizes

    @property
    def names(self) -> weights.Rows:
        """Published tensors of the voice's own file -> parameters of a `Network`."""
        rows = weights.within(ACOUSTIC, self.architecture.names)
        if self.architecture.vocoder is not None:
            rows += weights.under(self.architecture.vocoder, VOCODER, self.vocoder.names)
        return rows


def architecture_of(config: VoiceConfig) -> Architecture:
    """The record of the voice's acoustic model."""
    architecture: Architecture = tables.resolve(
        ARCHITECTURES, config.architecture, kind="architecture"
    )
    return architecture


def parts_of(config: VoiceConfig, *, where: str) -> Parts:
    """The records of a voice's acoustic model and vocoder.

    The published layout has the sizes of its vocoder among those of the acoustic model; any other
    vocoder has a section of its own, which says what kind it is, or a folder of its own.
    """
    architecture = architecture_of(config)
    kind: str | None = PUBLISHED_VOCODER
    section: Any = config.network.get("vocoder")
    if config.vocoder is not None:
        kind, section = config.vocoder.kind, config.vocoder.section
    elif section is None:
        section = config.network
    else:
        said = section.get("kind") if isinstance(section, dict) else None
        kind = said if isinstance(said, str) else None
    if (architecture.vocoder is None) != (config.vocoder is not None):
        raise _misplaced(architecture, where)
    if kind not in VOCODERS:
        raise VoiceError(
            "voice.vocoder",
            f'config.json asks for the vocoder "{kind}", which this version does not know',
            at=where,
            hint=f"known: {', '.join(VOCODERS)}",
        )
    return Parts(
        architecture=architecture,
        vocoder=tables.load(VOCODERS[kind]),
        section=section,
    )


def _misplaced(architecture: Architecture, where: str) -> VoiceError:
    if architecture.vocoder is None:
        return VoiceError(
            "voice.vocoder-missing",
            f"a voice of {architecture.name} needs a vocoder, and there is none beside it",
            at=where,
            hint="put its config.json and its weight file into a folder vocoder/ beside the voice",
        )
    return VoiceError(
        "voice.vocoder-twice",
        "the voice has a vocoder in its own file, and another in the folder vocoder/",
        at=where,
        hint="move the folder vocoder/ elsewhere",
    )


def inventory(
    config: VoiceConfig, architecture: Architecture, published: Mapping[str, Tensor] | None = None
) -> Inventory:
    """What a network has rows for; where symbols are not known, the weights tell how many."""
    speakers = config.speaker_count
    table = (published or {}).get(architecture.symbol_table)
    phones = 1 if table is None else max(1, len(table))
    unknown = Inventory(phones=phones, tones=1, languages=1, speakers=speakers)
    return config.phonology.inventory(speakers) or unknown


def sizes(architecture: Architecture, published: Mapping[str, Tensor] | None) -> Mapping[str, Any]:
    """What the tensors of a file tell of its network, beside what the configuration says."""
    if architecture.sizes is None or published is None:
        return {}
    return architecture.sizes(published)


def _must_agree(said: Mapping[str, Any], told: Mapping[str, Any], where: str) -> None:
    for key, size in told.items():
        if said.get(key, size) != size:
            raise VoiceError(
                "voice.config",
                f'"{key}" is {said[key]}, and the weights have {size}',
                at=where,
                hint=f'write "{key}": {size} into the section "model" of config.json, or take the'
                " weights that belong to it",
            )


def _must_be_in_step(config: VoiceConfig, made: int, where: str) -> None:
    """Rates of upsampling cannot be seen from the weights; wrong ones would speak too fast."""
    if made != config.frame_samples:
        raise VoiceError(
            "voice.config",
            f'"hop_length" is {config.frame_samples}, and the rates of upsampling make {made}'
            " samples of a frame",
            at=where,
            hint="take config.json and weights from the same training run",
        )


def build(
    config: VoiceConfig, *, where: str, published: Mapping[str, Tensor] | None = None
) -> Network:
    """The network with random values."""
    parts = parts_of(config, where=where)
    rows = inventory(config, parts.architecture, published)
    told = sizes(parts.architecture, published)
    _must_agree(config.network, told, where)
    network = {**told, **config.network}
    if parts.architecture.fitted is not None and published is not None:
        network = parts.architecture.fitted(network, published, rows)
    acoustic = parts.architecture.build(network, rows, where)
    wanted = mel_latent.of_section(parts.section, where)
    speaker = acoustic.speaker_channels if wanted is None else len(wanted.speaker)
    vocoder = parts.vocoder.build(parts.section, acoustic.channels, speaker, where)
    _must_be_in_step(config, vocoder.frame_samples, where)
    return Network(acoustic, vocoder, wanted)


def build_empty(
    config: VoiceConfig,
    *,
    where: str,
    published: Mapping[str, Tensor] | None = None,
    room: int = ROOM,
) -> Network:
    """The network without values, so that nothing is drawn at random only to be overwritten.

    Raises:
        VoiceError: it would have more numbers than there is room for.
    """
    with _Unfilled(room, where):
        return build(config, where=where, published=published)


class _Unfilled(TorchFunctionMode):
    """Leaves out the first values of parameters: memory is asked for and never touched.

    Not the meta device, which was made for this: drawing values there imports torch's compiler, a
    second that `sbv2 say` has better use for.
    """

    FILLS = frozenset({"normal_", "uniform_", "xavier_uniform_", "kaiming_uniform_"})
    MAKES = frozenset({"empty", "zeros", "ones", "full", "rand", "randn", "eye", "hann_window"})

    def __init__(self, room: int, where: str) -> None:
        super().__init__()
        self.room = room
        self.where = where

    def __torch_function__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        if getattr(func, "__name__", "") in self.FILLS:
            return args[0] if args else (kwargs or {})["tensor"]
        if getattr(func, "__name__", "") in self.MAKES and args:
            # Counted before it is asked for: sizes of a damaged file would fill the memory.
            self.room -= math.prod(_whole_numbers(args[:1] if _is_size(args[0]) else args))
            if self.room < 0:
                raise VoiceError(
                    "voice.weights",
                    "config.json describes a network many times as large as its weights",
                    at=self.where,
                    hint="take config.json and weights from the same training run",
                )
        return func(*args, **(kwargs or {}))


def load(bundle: Bundle) -> Network:
    """The network of a voice, ready to speak on the CPU in float32."""
    with voice_errors(bundle):
        return _load(bundle)


@contextmanager
def voice_errors(bundle: Bundle) -> Iterator[None]:
    """What breaks while a voice is built is an error of the voice: its numbers are of others.

    Whatever a size or a kind in config.json makes torch refuse is refused here by one name.
    """
    try:
        yield
    except Sbv2Error:
        raise
    except Exception as error:
        if is_full(error):
            raise MachineError(
                "device.memory",
                "there is not enough memory to open the voice",
                at=str(bundle.path),
                hint="end other programs, or use fewer --threads",
            ) from error
        first = str(error).strip().partition("\n")[0][:200]
        raise VoiceError(
            "voice.config",
            f"no network can be made as config.json describes it: {first}",
            at=str(bundle.path),
            hint="copy config.json again from where the voice came from",
        ) from error


def _load(bundle: Bundle) -> Network:
    published, path = published_tensors(bundle), bundle.parts.get("vocoder")
    apart = {} if path is None else read_tensors(path)
    try:
        return _filled(bundle, published, apart)
    except VoiceError as error:
        if error.code in MISFITS:
            unsupported.refuse(published, str(bundle.weights))
            unsupported.refuse(apart, str(path), vocoder=True)
        raise


def _filled(
    bundle: Bundle, published: Mapping[str, Tensor], apart: Mapping[str, Tensor]
) -> Network:
    """A network with the tensors of a voice, and with those of its vocoder if that lies `apart`."""
    config, where = bundle.config, str(bundle.path)
    must_be_possible(config.network, published, where=where)
    if config.vocoder is not None:
        must_be_possible(config.vocoder.section, apart, where=where)
    room = SPARE + LARGER * sum(each.numel() for each in (*published.values(), *apart.values()))
    network = build_empty(config, where=where, published=published, room=room)
    fill(network, published, config, where=str(bundle.weights))
    if config.vocoder is not None:
        kind = parts_of(config, where=where).vocoder
        path = str(bundle.parts["vocoder"])
        _fill(network.vocoder, apart, kind.names, kind.name, where=path)
    return network


def must_be_possible(
    section: Mapping[str, Any], published: Mapping[str, Tensor], *, where: str
) -> None:
    """Refuse sizes that this file cannot have, before a network of these sizes is made.

    No size is larger than there are numbers in the file, and no layer is without a tensor. Whether
    each tensor fits is found out later; this is for sizes that would fill the memory first.
    """
    most = sum(tensor.numel() for tensor in published.values())
    strange = (
        "" if weights.guess_architecture(published) else "; the file does not look like a voice"
    )
    for key, value in section.items():
        if key == "sampling_rate":  # of a vocoder's section: no size of a tensor
            continue
        if isinstance(value, dict):
            must_be_possible(value, published, where=where)
            continue
        limit = len(published) if "layers" in key or "blocks" in key else most
        largest = max(_whole_numbers(value), default=0)
        if largest > limit:
            raise VoiceError(
                "voice.weights",
                f'config.json says that "{key}" is {value!s:.60}, the weights are'
                f" {len(published):,} tensors with {most:,} numbers{strange}",
                at=where,
                hint="take config.json and weights from the same training run",
            )


def _is_size(value: object) -> bool:
    return isinstance(value, list | tuple)


def _whole_numbers(value: object) -> Iterator[int]:
    if isinstance(value, int):
        yield value
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _whole_numbers(each)


def fill(
    network: Network, published: Mapping[str, Tensor], config: VoiceConfig, *, where: str
) -> None:
    """Put the tensors of a voice's own file into a network; one clear error for what is wrong."""
    parts = parts_of(config, where=where)
    own = (
        network
        if parts.architecture.vocoder is not None
        else nn.ModuleDict({ACOUSTIC: network.acoustic})
    )
    unused = parts.architecture.learning_names
    if not network.acoustic.speaker_channels and SPEAKERS not in published:
        published = weights.without_speakers(published)
    _fill(own, published, parts.names, parts.architecture.name, where=where, unused=unused)


def _fill(
    module: nn.Module,
    published: Mapping[str, Tensor],
    names: weights.Rows,
    kind: str,
    *,
    where: str,
    unused: weights.Rows = (),
) -> None:
    """Strict in both ways: every parameter has a tensor of its shape, and every tensor a place."""
    speaking, _, unknown = weights.sort_tensors(published, names, unused)
    _must_be_numbers(speaking, names, where)
    wanted = module.state_dict()
    folded = weights.without_extra_axes(weights.fold_weight_norm(speaking), wanted)
    missing, extra, other = weights.mismatches(wanted, folded, names)
    problems = [
        _several(missing, "missing"),
        _several([*unknown, *extra], "of no use to this network"),
        _several(other, "of another shape"),
    ]
    if any(problems):
        told = [problem for problem in problems if problem]
        raise _misfit(told, published, kind, where, reshaped=bool(other))
    module.load_state_dict(
        {key: tensor.to(torch.float32) for key, tensor in folded.items()}, assign=True
    )
    module.eval().requires_grad_(False)  # noqa: FBT003 - torch's own signature
    for key, tensor in module.state_dict().items():
        if not torch.isfinite(tensor).all():
            published_key = weights.published_name(key, names) or key
            raise VoiceError(
                "voice.weights-values",
                f'tensor "{published_key}" holds values that are not finite numbers',
                at=where,
                hint="the training run diverged; use an earlier weight file",
            )


def _must_be_numbers(speaking: Mapping[str, Tensor], names: weights.Rows, where: str) -> None:
    """Weights in few bits are whole numbers, and mean nothing without what made them so."""
    for key, tensor in speaking.items():
        if not tensor.is_floating_point():
            kind = str(tensor.dtype).removeprefix("torch.")
            raise VoiceError(
                "voice.weights-values",
                f'tensor "{weights.published_name(key, names) or key}" is of {kind}: weights in so'
                " few bits are not read",
                at=where,
                hint="ask for the weights in 16 or 32 bits",
            )


def _several(names: list[str], what: str) -> str:
    if not names:
        return ""
    shown = ", ".join(f'"{name}"' for name in names[:3])
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{len(names)} tensors are {what}: {shown}{more}"


def _misfit(
    problems: list[str],
    published: Mapping[str, Tensor],
    kind: str,
    where: str,
    *,
    reshaped: bool,
) -> VoiceError:
    guess = weights.guess_architecture(published)
    if guess is None:
        looks = "the file does not look like a voice"
    elif guess != kind:
        looks = f"the file looks like {guess}, the configuration says {kind}"
    elif reshaped:
        looks = f"the file looks like {guess} with other sizes than config.json gives"
    else:
        looks = f"the file looks like {guess} with other layers than config.json gives"
    hint = "take config.json and weights from the same training run"
    version = _version_of(guess, kind)
    if version is not None:
        hint = (
            "take config.json and weights from the same training run; if these are right,"
            f" config.json lacks {version}"
        )
    return VoiceError("voice.weights", f"{'; '.join(problems)}; {looks}", at=where, hint=hint)


def _version_of(guess: str | None, kind: str) -> str | None:
    """What config.json would say of these weights, where a version alone makes the difference."""
    if guess == kind or guess not in ARCHITECTURES or kind not in ARCHITECTURES:
        return None
    is_, said = (tables.load(ARCHITECTURES[name]).version for name in (guess, kind))
    return is_ if said is not None else None
