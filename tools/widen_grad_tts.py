"""A Grad-TTS whose U-Net has twice the channels and says the same.

    python -m tools.widen_grad_tts runs/grad_tts/voice data/wide/config.json --out wide

What is learned stays: each channel is doubled, and what reads it divides its weight between the two
at random, so that they learn apart. Group norms do not notice, for doubled channels share a group.
The sinusoids of the time have other frequencies; the layer that reads them is the nearest by least
squares, and learns the rest in some hundred steps. `sbv2 train fit --base wide` goes on from there.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import click
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from sbv2cli.models.grad_tts.estimator import time_embedding

TIME = "decoder.estimator.mlp.0"
TIMES = 20_000
TIME_SCALE = 1000.0
# The two shares of a weight are 0.5 plus and minus this much, on average.
APART = 0.15
# Least squares without it takes weights a hundred times as large, which learn badly.
DAMPING = 1e-4
UPSAMPLING = (4, 4)  # of a transposed convolution, whose inputs are its first axis
# What does not grow: the channels within an attention, the images that come in, the one that goes.
FIXED_OUT = ("final_conv.weight", "final_conv.bias", "to_qkv.weight")
FIXED_IN = ("to_out.weight",)
IMAGES_IN = ("decoder.estimator.downs.0.0.block1.", "decoder.estimator.downs.0.0.res_conv.")


def widen(narrow: Mapping[str, Tensor], seed: int = 0) -> dict[str, Tensor]:
    """The weights of twice the width."""
    chance = torch.Generator().manual_seed(seed)
    wide: dict[str, Tensor] = {}
    for name, weight in narrow.items():
        if not name.startswith("decoder.estimator.") or ".spk_mlp." in name:
            wide[name] = weight.clone()
        elif not name.startswith(TIME):
            wide[name] = _doubled(name, weight, chance)
    width = narrow[f"{TIME}.weight"].shape[1]
    wide |= _time_layer(narrow[f"{TIME}.weight"], narrow[f"{TIME}.bias"], width)
    return wide


def _doubled(name: str, weight: Tensor, chance: torch.Generator) -> Tensor:
    """Its channels twice, at the end where they come out and where they come in."""
    transposed = weight.dim() == 4 and weight.shape[2:] == UPSAMPLING
    inner, outer = (0, 1) if transposed else (1, 0)
    if not name.endswith(FIXED_OUT) and weight.numel() > 1:
        weight = weight.repeat_interleave(2, dim=outer)
    if weight.dim() < 2 or name.endswith(FIXED_IN) or name.startswith(IMAGES_IN):
        return weight.contiguous()
    weight = weight.repeat_interleave(2, dim=inner)
    share = 0.5 + APART * torch.randn(weight.shape[inner] // 2, generator=chance)
    shape = [1] * weight.dim()
    shape[inner] = -1
    shares = torch.stack([share, 1 - share], dim=1).view(shape)
    return (weight * shares).contiguous()


def _time_layer(weight: Tensor, bias: Tensor, width: int) -> dict[str, Tensor]:
    times = torch.linspace(0, 1, TIMES) * TIME_SCALE
    wanted = time_embedding(times, width).double() @ weight.T.double() + bias.double()
    wanted = wanted.repeat_interleave(2, dim=1)
    seen = torch.cat([time_embedding(times, 2 * width), torch.ones(TIMES, 1)], dim=1).double()
    damping = DAMPING * TIMES * torch.eye(seen.shape[1], dtype=torch.float64)
    found = torch.linalg.solve(seen.T @ seen + damping, seen.T @ wanted).float()
    return {f"{TIME}.weight": found[:-1].T.contiguous(), f"{TIME}.bias": found[-1].contiguous()}


@click.command()
@click.argument("voice", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("config", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder of the voice.")
def main(voice: Path, config: Path, out: Path) -> None:
    """Widen the newest weights of VOICE; CONFIG is its config.json with the new `dec_dim`."""
    newest = max(voice.glob("*.safetensors"), key=lambda path: path.stat().st_mtime, default=None)
    if newest is None:
        raise click.UsageError(f"{voice} has no .safetensors; give the voice of a training")
    with safe_open(newest, "pt") as file:
        metadata = file.metadata()
    narrow = load_file(newest)
    width = 2 * narrow[f"{TIME}.weight"].shape[1]
    if json.loads(config.read_text("utf-8")).get("model", {}).get("dec_dim") != width:
        raise click.UsageError(f'{config}: "dec_dim" of "model" must be {width}')
    out.mkdir(parents=True, exist_ok=True)
    save_file(widen(narrow), out / newest.name, metadata=metadata)
    shutil.copy(config, out / "config.json")
    click.echo(f"{out / newest.name}: widened from {newest}")


if __name__ == "__main__":
    main()
