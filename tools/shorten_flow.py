"""A voice of Style-Bert-VITS2 with fewer layers in each step of its flow.

    python -m tools.shorten_flow my-voice --keep 0,1,3,5 --out short

A flow of 24 layers holds more than half of a small voice. What is left speaks at once, though
worse; `sbv2 train fit --base short` mends it. Which layers matter least differs: try some with
`python -m tools.evaluate_voice`. The speaker comes in at the third layer of each step.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from safetensors import safe_open
from safetensors.torch import load_file, save_file

if TYPE_CHECKING:
    from torch import Tensor

_LAYER = re.compile(r"(flow\.flows\.\d+\.enc\.\w+_layers(?:_[12])?)\.(\d+)\.(.+)")


def shorten(weights: Mapping[str, Tensor], kept: Sequence[int]) -> dict[str, Tensor]:
    """The weights without the other layers, numbered anew."""
    found: dict[str, Tensor] = {}
    for name, weight in weights.items():
        layer = _LAYER.fullmatch(name)
        if layer is None:
            found[name] = weight
        elif int(layer[2]) in kept:
            found[f"{layer[1]}.{kept.index(int(layer[2]))}.{layer[3]}"] = weight
    return found


def layer_count(weights: Mapping[str, Tensor]) -> int:
    """Layers of each step; 0 where the flow has none of this kind."""
    return 1 + max(
        (int(layer[2]) for name in weights if (layer := _LAYER.fullmatch(name))), default=-1
    )


@click.command(help=__doc__)
@click.argument("voice", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--keep", required=True, help="layers to keep, from 0 on, in order")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="folder to write")
def main(voice: Path, keep: str, out: Path) -> None:
    """Read a voice's folder, write the shorter one."""
    files = sorted(voice.glob("*.safetensors"))
    if len(files) != 1:
        raise click.ClickException(f"{voice}: wanted one .safetensors file, found {len(files)}")
    weights = load_file(files[0])
    count = layer_count(weights)
    kept = [int(one) for one in keep.split(",") if one.isdigit()]
    if (
        keep != ",".join(map(str, kept))
        or sorted(set(kept)) != kept
        or not kept
        or kept[-1] >= count
    ):
        raise click.ClickException(f"--keep {keep}: wanted some of 0 to {count - 1}, in order")
    with safe_open(files[0], "pt") as file:
        said = file.metadata()
    out.mkdir(parents=True)
    save_file(shorten(weights, kept), out / files[0].name, said)
    config = json.loads((voice / "config.json").read_text(encoding="utf-8"))
    config["model"]["flow_layers"] = len(kept)
    text = json.dumps(config, ensure_ascii=False, indent=2) + "\n"
    (out / "config.json").write_text(text, encoding="utf-8")
    for styles in voice.glob("style_vectors.npy"):
        shutil.copyfile(styles, out / styles.name)


if __name__ == "__main__":
    main()
