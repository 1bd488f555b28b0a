"""What each precision costs in sound: `python -m tools.bench_precision [VOICE ...] --lines 12`.

Every voice speaks some lines in float32 and in each faster precision that it has on this device.
Told are the ratio of signal to noise of each line, the least and the middle one, the distance of
log spectra, and seconds of processors. Without a voice, a random one of the published size speaks.
A voice that reads no Japanese speaks English lines written in the symbols of the International
Phonetic Alphabet, as voices of Piper know them.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sbv2cli.bench import voice, workload
from sbv2cli.engine.engine import Engine
from sbv2cli.engine.settings import EngineSettings
from sbv2cli.engine.torch import backend, loading
from sbv2cli.engine.torch.network import Network
from sbv2cli.errors import MachineError
from sbv2cli.languages.own_symbols import read_own
from sbv2cli.records import Delivery, LineId, Utterance, Waveform
from sbv2cli.voices.bundle import Bundle, open_bundle
from sbv2cli.voices.to_utterance import to_utterance

PRECISIONS = ("tf32", "bf16", "fp16")
RANDOM = "random, published size"
WINDOW, HOP = 1024, 256
QUIETEST = 1e-3  # of the loudest bin of a line: what is below is not heard beside it
# Of the first of the Harvard sentences (IEEE, 1969), which are free.
ENGLISH = (
    "ðə bˈɜːtʃ kənˈuː slˈɪd ˌɔnðə smˈuːð plˈæŋks.",
    "ɡlˈuː ðə ʃˈiːt tə ðə dˈɑːɹk blˈuː bˈækɡɹaʊnd.",
    "ɪts ˈiːzi tə tˈɛl ðə dˈɛpθ əv ɐ wˈɛl.",
    "ðiːz dˈeɪz ɐ tʃˈɪkən lˈɛɡ ɪz ɐ ɹˈɛɹ dˈɪʃ.",
    "ɹˈaɪs ɪz ˈɔfən sˈɜːvd ɪn ɹˈaʊnd bˈoʊlz.",
    "ðə dʒˈuːs əv lˈɛmənz mˌeɪks fˈaɪn pˈʌntʃ.",
)
Sound = NDArray[np.float32]


def lines_of(bundle: Bundle, count: int) -> list[Utterance]:
    """Sentences that the voice can read."""
    if "ja" in bundle.config.languages:
        return workload.sentences_of(bundle, count)
    found = []
    for number in range(count):
        text = ENGLISH[number % len(ENGLISH)]
        reading = read_own(text, f"cleaned: {text}", "en")
        assert reading is not None
        take = Delivery(take=1 + number // len(ENGLISH))
        found.append(to_utterance(LineId(str(number)), reading, bundle, take))
    return found


def spoken(
    bundle: Bundle, network: Network, lines: list[Utterance], settings: EngineSettings
) -> tuple[dict[str, Sound], float]:
    """The sounds of the lines, and the seconds of processors that they took."""
    worker = backend.open_worker(bundle, settings, None, network)
    engine = Engine(bundle, settings, worker=worker)
    list(engine.measure(lines[:1]))  # pages, caches, choices of libraries
    started = time.process_time()
    results = [each.result for each in engine.measure(lines)]
    seconds = time.process_time() - started
    return {str(one.id): one.samples for one in results if isinstance(one, Waveform)}, seconds


def signal_to_noise(sound: Sound, reference: Sound) -> float:
    """Decibels."""
    noise = float(np.square((sound - reference).astype(np.float64)).sum())
    return 10 * float(np.log10(np.square(reference.astype(np.float64)).sum() / max(noise, 1e-30)))


def spectral_distance(sound: Sound, reference: Sound) -> float:
    """Decibels by which the bins of a window differ, root mean square; the mean over windows."""
    ours, theirs = map(_spectra, (sound, reference))
    floor = QUIETEST * theirs.max()
    heard = (theirs > floor).any(axis=1)
    ratio = 20 * np.log10(np.maximum(ours, floor)[heard] / np.maximum(theirs, floor)[heard])
    return float(np.sqrt(np.square(ratio).mean(axis=1)).mean())


def _spectra(sound: Sound) -> NDArray[np.float64]:
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(sound, WINDOW), WINDOW)[::HOP]
    found: NDArray[np.float64] = np.abs(np.fft.rfft(windows * np.hanning(WINDOW)))
    return found


def compared(found: Mapping[str, Sound], reference: Mapping[str, Sound]) -> dict[str, Any]:
    """Figures of all lines together."""
    same = [name for name in reference if len(found.get(name, ())) == len(reference[name])]
    ratios = [signal_to_noise(found[name], reference[name]) for name in same]
    apart = [spectral_distance(found[name], reference[name]) for name in same]
    return {
        "lines": len(reference),
        "of_equal_length": len(same),
        "least_snr_db": round(min(ratios), 1),
        "median_snr_db": round(statistics.median(ratios), 1),
        "median_lsd_db": round(statistics.median(apart), 2),
        "largest_lsd_db": round(max(apart), 2),
    }


def measured(path: Path | None, count: int, device: str) -> dict[str, Any]:
    """One voice in every precision."""
    bundle = voice.random_bundle("full") if path is None else open_bundle(path, backend="torch")
    lines = voice.random_lines(count) if path is None else lines_of(bundle, count)

    def network() -> Network:  # a worker takes its network apart
        return voice.random_network(bundle) if path is None else loading.load(bundle)

    reference, seconds = spoken(bundle, network(), lines, EngineSettings(device=device))
    rows: dict[str, Any] = {"fp32": {"cpu_s": round(seconds, 2)}}
    for precision in PRECISIONS:
        settings = EngineSettings(device=device, precision=precision)
        try:
            sounds, seconds = spoken(bundle, network(), lines, settings)
        except MachineError as error:
            rows[precision] = {"refused": error.code}
            continue
        rows[precision] = {"cpu_s": round(seconds, 2), **compared(sounds, reference)}
    return {"voice": RANDOM if path is None else path.name, "precisions": rows}


def table(reports: Iterable[Mapping[str, Any]]) -> str:
    """Markdown."""
    rows = [
        (
            "| voice | precision | signal to noise, least and median | log spectral distance,"
            " median and largest | seconds of processors, beside float32 |"
        ),
        "|---|---|---|---|---|",
    ]
    for report in reports:
        whole = report["precisions"]["fp32"]["cpu_s"]
        for name, row in report["precisions"].items():
            if "least_snr_db" in row:
                rows.append(
                    f"| {report['voice']} | `{name}` | {row['least_snr_db']}, "
                    f"{row['median_snr_db']} dB | {row['median_lsd_db']}, "
                    f"{row['largest_lsd_db']} dB | {row['cpu_s']} and {whole} |"
                )
    return "\n".join(rows)


def main() -> None:
    """Print a table, or JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("voices", nargs="*", type=Path, metavar="VOICE")
    parser.add_argument("--lines", type=int, default=12)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--json", action="store_true")
    said = parser.parse_args()
    voices: list[Path | None] = said.voices or [None]
    reports = [measured(path, said.lines, said.device) for path in voices]
    print(json.dumps(reports, ensure_ascii=False, indent=1) if said.json else table(reports))


if __name__ == "__main__":
    main()
