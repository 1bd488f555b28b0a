"""What 8 bits would gain in the decoder, and cost: `python -m tools.bench_int8 [VOICE ...]`.

One thread. First a step of a residual block, as the engine runs it in bfloat16 and as torch offers
it in 8 bits (`onednn::qconv_pointwise`): activation, rounding, convolution, sum; beside it the
convolution alone, as if rounding cost nothing; in turn, the best of each. Then what
reaches the ear: each voice speaks with a decoder whose
weights are rounded for each output channel and whose signals are rounded between their own least
and largest values, which is finer than scales that are chosen beforehand.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from time import perf_counter

import click
import torch
from torch import Tensor, nn
from torch.nn import functional

from sbv2cli.bench import voice
from sbv2cli.engine.engine import Engine
from sbv2cli.engine.settings import EngineSettings
from sbv2cli.engine.torch import backend, loading
from sbv2cli.engine.torch.cpu import convolution, padded_signal
from sbv2cli.engine.torch.cpu.scratch import Scratch
from sbv2cli.models.architecture import Vocoder
from sbv2cli.models.vocoder.hifigan.model import SLOPE
from sbv2cli.records import Waveform
from sbv2cli.voices.bundle import open_bundle
from tools import bench_precision

CHANNELS = (512, 256, 128, 64, 32)
KERNELS = (3, 7, 11)
TIMES = 12
LEVELS = 255  # of a signal; weights lie between -127 and 127
MIDDLE = 128


class EightBitStep:
    """`sum += conv(leaky_relu(x))` with signals and weights in 8 bits."""

    def __init__(self, weight: Tensor, bias: Tensor, rows: int) -> None:
        outer, inner, _ = weight.shape
        self.bias = bias
        self.scales = weight.abs().amax((1, 2)) / (MIDDLE - 1)
        levels = (weight / self.scales[:, None, None]).round().to(torch.int8)[:, :, None]
        self.zeros = torch.zeros(outer, dtype=torch.int64)
        self.scale = 4 / MIDDLE
        self.shape = (1, inner, 1, rows)
        self.weight = torch.ops.onednn.qconv_prepack(
            levels, self.scales, self.scale, MIDDLE, [1, 1], [0, 0], [1, 1], 1, list(self.shape)
        )

    def __call__(self, x: Tensor, total: Tensor) -> None:
        """Add to the rows of `total`."""
        active = functional.leaky_relu(x, SLOPE)
        levels = torch.quantize_per_tensor(active, self.scale, MIDDLE, torch.quint8).int_repr()
        total.add_(self.convolved(levels, (1.0, 0, torch.float32)))

    def convolved(self, levels: Tensor, made_as: tuple[float, int, torch.dtype]) -> Tensor:
        """The convolution alone, of a signal in 8 bits; results by scale, zero and kind."""
        rows, inner = levels.shape
        picture = levels.as_strided((1, inner, 1, rows), (rows * inner, 1, inner, inner))
        made: Tensor = torch.ops.onednn.qconv_pointwise(
            picture, self.scale, MIDDLE, self.weight, self.scales, self.zeros, self.bias,
            [1, 1], [0, 0], [1, 1], 1, *made_as, "none", [], "",
        )  # fmt: skip
        return made.as_strided((made.shape[3], made.shape[1]), (made.shape[1], 1))


def row(channels: int, kernel: int) -> str:
    """A residual step in both ways, by the operations of its convolution."""
    torch.manual_seed(0)
    weight = torch.randn(channels, channels, kernel) / (channels * kernel) ** 0.5
    bias = torch.randn(channels)
    half = convolution.pack(weight, bias, dilation=1, dtype=torch.bfloat16)
    count = padded_signal.CHUNK // channels
    signal = torch.randn(count + kernel - 1, channels)
    step = EightBitStep(weight, bias, len(signal))
    sums = torch.zeros(count, channels)
    halves, half_sums = signal.bfloat16(), sums.bfloat16()
    active, scratch = torch.empty_like(halves), Scratch()
    levels = torch.randint(0, LEVELS, signal.shape, dtype=torch.uint8)

    def in_half() -> None:
        convolution.activate(halves, SLOPE, active)
        half.accumulate(active, half_sums, scratch)

    ways: list[Callable[[], object]] = [
        in_half,
        lambda: step(signal, sums),
        lambda: half.accumulate(active, half_sums, scratch),
        lambda: step.convolved(levels, (step.scale, MIDDLE, torch.uint8)),
    ]
    seconds = [float("inf")] * len(ways)
    for _ in range(TIMES):
        for index, way in enumerate(ways):
            started = perf_counter()
            way()
            seconds[index] = min(seconds[index], perf_counter() - started)
    rates = [2e-9 * count * channels**2 * kernel / each for each in seconds]
    figures = "".join(f"{rate:8.0f}" for rate in rates)
    ratios = f"{rates[1] / rates[0]:8.2f}{rates[3] / rates[2]:8.2f}"
    return f"{channels:8}{kernel:6}{figures}{ratios}"


def rounded(decoder: Vocoder) -> Vocoder:
    """The same decoder, which hears and multiplies what 8 bits can say."""
    decoder = deepcopy(decoder)
    for layer in decoder.modules():
        if isinstance(layer, nn.Conv1d | nn.ConvTranspose1d):
            others = (1, 2) if isinstance(layer, nn.Conv1d) else (0, 2)
            scales = layer.weight.data.abs().amax(others, keepdim=True) / (MIDDLE - 1)
            layer.weight.data = (layer.weight.data / scales).round() * scales
            layer.register_forward_pre_hook(lambda _, heard: (_in_levels(heard[0]), *heard[1:]))
    return decoder


def _in_levels(x: Tensor) -> Tensor:
    least = x.amin()
    scale = (x.amax() - least).clamp_min(1e-12) / LEVELS
    return ((x - least) / scale).round() * scale + least


def noise_of(path: Path | None, count: int) -> str:
    """Decibels of each line beside the same voice in float32."""
    bundle = voice.random_bundle("full") if path is None else open_bundle(path, backend="torch")
    lines = voice.random_lines(count) if path is None else bench_precision.lines_of(bundle, count)
    network = voice.random_network(bundle) if path is None else loading.load(bundle)
    decoder = deepcopy(network.vocoder)
    settings = EngineSettings()
    worker = backend.open_worker(bundle, settings, None, network)
    engine = Engine(bundle, settings, worker=worker)
    sounds = []
    for vocoder in (network.vocoder, rounded(decoder)):
        network.vocoder = vocoder
        results = [each.result for each in engine.measure(lines)]
        sounds.append({str(one.id): one.samples for one in results if isinstance(one, Waveform)})
    exact, ours = sounds
    ratios = [bench_precision.signal_to_noise(ours[name], exact[name]) for name in exact]
    apart = [bench_precision.spectral_distance(ours[name], exact[name]) for name in exact]
    return (
        f"{bundle.name}: signal to noise {min(ratios):.1f} dB at the least, "
        f"{statistics.median(ratios):.1f} in the middle; log spectra "
        f"{statistics.median(apart):.2f} dB apart, {max(apart):.2f} at most"
    )


@click.command()
@click.argument("voices", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--lines", default=6, show_default=True)
def main(voices: tuple[Path, ...], lines: int) -> None:
    """Print a row for each number of channels and taps, and what each voice loses."""
    torch.set_num_threads(1)
    click.echo("GFLOP/s        a step          a convolution   8 bits beside bf16")
    click.echo("channels  taps    bf16  8 bits    bf16  8 bits    step   conv.")
    with torch.inference_mode():
        for channels in CHANNELS:
            for kernel in KERNELS:
                click.echo(row(channels, kernel))
    for path in voices or (None,):
        click.echo(noise_of(path, lines))


if __name__ == "__main__":
    main()
