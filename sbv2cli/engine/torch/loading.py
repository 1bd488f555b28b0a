"""Bundle -> network with its weights: strict, complete, in float32."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from sbv2cli import tables
from sbv2cli.engine.torch.weights_file import read_tensors
from sbv2cli.errors import VoiceError
from sbv2cli.models import ARCHITECTURES, weights
from sbv2cli.voices.config import VITS
from sbv2cli.voices.symbols import LANGUAGE_COUNT, SYMBOL_COUNT, TONE_COUNT

if TYPE_CHECKING:
    from sbv2cli.models.architecture import Architecture, Network
    from sbv2cli.voices.bundle import Bundle
    from sbv2cli.voices.config import VoiceConfig

INVENTORY = (SYMBOL_COUNT, TONE_COUNT, LANGUAGE_COUNT)


def architecture_of(config: VoiceConfig) -> Architecture:
    """The record of the voice's architecture."""
    architecture: Architecture = tables.resolve(
        ARCHITECTURES, config.architecture, kind="architecture"
    )
    return architecture


def inventory(
    config: VoiceConfig, published: Mapping[str, Tensor] | None = None
) -> tuple[int, int, int]:
    """How many symbols, tones and languages a network has rows for.

    A voice with symbols of its own has one tone and one language that nobody looks up. Where its
    table is not known, the weights tell how many symbols there are.
    """
    if config.architecture != VITS:
        return INVENTORY
    if config.symbols is not None:
        return len(config.symbols.symbols), 1, 1
    table = (published or {}).get("enc_p.emb.weight")
    return (1 if table is None else max(1, len(table))), 1, 1


def build(
    config: VoiceConfig, *, where: str, published: Mapping[str, Tensor] | None = None
) -> Network:
    """The network without weights, so that nothing is drawn at random only to be overwritten."""
    with _Unfilled():
        return architecture_of(config).build(
            config.network, inventory(config, published), config.speaker_count, where
        )


class _Unfilled(TorchFunctionMode):
    """Leaves out the first values of parameters: memory is asked for and never touched.

    Not the meta device, which was made for this: drawing values there imports torch's compiler, a
    second that `sbv2 say` has better use for.
    """

    FILLS = frozenset({"normal_", "uniform_", "xavier_uniform_", "kaiming_uniform_"})

    def __torch_function__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        if getattr(func, "__name__", "") in self.FILLS:
            return args[0] if args else (kwargs or {})["tensor"]
        return func(*args, **(kwargs or {}))


def load(bundle: Bundle) -> Network:
    """The network of a voice, ready to speak on the CPU in float32."""
    published = read_tensors(bundle.weights)
    network = build(bundle.config, where=str(bundle.path), published=published)
    fill(network, published, architecture_of(bundle.config), where=str(bundle.weights))
    return network


def fill(
    network: Network,
    published: Mapping[str, Tensor],
    architecture: Architecture,
    *,
    where: str,
) -> None:
    """Put published tensors into a network; anything that does not fit is one clear error."""
    speaking, _, unknown = weights.sort_tensors(
        published, architecture.names, architecture.learning_names
    )
    folded = weights.fold_weight_norm(speaking)
    wanted = network.state_dict()
    missing, extra, other = weights.mismatches(wanted, folded, architecture.names)
    problems = [
        _several(missing, "missing"),
        _several([*unknown, *extra], "of no use to this network"),
        _several(other, "of another shape"),
    ]
    if any(problems):
        raise _misfit([problem for problem in problems if problem], published, architecture, where)
    network.load_state_dict(
        {key: tensor.to(torch.float32) for key, tensor in folded.items()}, assign=True
    )
    network.eval().requires_grad_(False)  # noqa: FBT003 - torch's own signature
    for key, tensor in network.state_dict().items():
        if not torch.isfinite(tensor).all():
            published_key = weights.published_name(key, architecture.names) or key
            raise VoiceError(
                "voice.weights-values",
                f'tensor "{published_key}" holds values that are not finite numbers',
                at=where,
                hint="the training run diverged; use an earlier weight file",
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
    architecture: Architecture,
    where: str,
) -> VoiceError:
    guess = weights.guess_architecture(published)
    if guess is None:
        looks = "the file does not look like a voice"
    elif guess != architecture.name:
        looks = f"the file looks like {guess}, the configuration says {architecture.name}"
    else:
        looks = f"the file looks like {guess} with other sizes than config.json gives"
    return VoiceError(
        "voice.weights",
        f"{'; '.join(problems)}; {looks}",
        at=where,
        hint="take config.json and weights from the same training run",
    )
