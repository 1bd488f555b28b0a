"""How much memory and time `sbv2 join` takes for a long book.

    python -m tools.bench_join --hours 10 --to m4b --loudness lufs:-19

The book is made up: one line of ten seconds, which stands in the manifest again and again, in
chapters of five minutes.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

from sbv2cli.pipeline.join import targets
from sbv2cli.pipeline.join.run import join
from sbv2cli.pipeline.join.settings import JoinSettings
from sbv2cli.records import AudioFacts, LineId, ManifestRow, Source
from sbv2cli.writers import manifest
from sbv2cli.writers.audio.encode import encode
from sbv2cli.writers.audio.formats import Encoding
from tools.bench_long_audio import LINE_SECONDS, PAUSE_SECONDS, RATE, made_up_line, peak_mib

CHAPTER_LINES = 30


class Watch:
    """Notes when each stage began."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, float]] = []

    def begin(self, stage: str, total: int) -> None:
        """Another stage begins."""
        del total
        self.begun.append((stage, time.perf_counter()))

    def advance(self, seconds: float) -> None:
        """Nothing is counted."""
        del seconds

    def seconds(self) -> dict[str, float]:
        """How long each stage took."""
        ends = [begun for _, begun in self.begun[1:]] + [time.perf_counter()]
        return {
            f"{stage}_s": round(end - begun, 1)
            for (stage, begun), end in zip(self.begun, ends, strict=True)
        }


def write_book(folder: Path, lines: int) -> Path:
    """The manifest of so many lines, all with the same file."""
    data = encode(made_up_line(), RATE, Encoding())
    (folder / "line.wav").write_bytes(data)
    path = folder / manifest.NAME
    with path.open("w", encoding="utf-8") as file:
        file.write(json.dumps({"type": "job", "schema": manifest.SCHEMA}) + "\n")
        for number in range(1, lines + 1):
            row = ManifestRow(
                id=LineId(f"l{number}"),
                number=number,
                status="ok",
                file="line.wav",
                text="あ",
                seconds=LINE_SECONDS,
                chapter=1 + number // CHAPTER_LINES,
                pause_after=PAUSE_SECONDS,
                audio=AudioFacts(bytes=len(data), samples=round(LINE_SECONDS * RATE), rate=RATE),
                sha256="0",
                source=Source(path="book.txt", row=number),
            )
            file.write(json.dumps(manifest.to_json(row), ensure_ascii=False) + "\n")
    return path


def main() -> None:
    """Print one JSON record."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--hours", type=float, default=1.0)
    parser.add_argument("--to", choices=("m4b", "mp3", "flac", "opus", "wav"), default="m4b")
    parser.add_argument("--loudness", default="lufs:-19")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lines = round(arguments.hours * 3600 / (LINE_SECONDS + PAUSE_SECONDS))
        path = write_book(folder, lines)
        before = peak_mib()
        watch = Watch()
        joined = join(
            JoinSettings(
                manifest=path,
                to=folder / f"book.{arguments.to}",
                encoding=Encoding(format=arguments.to),
                target=targets.parse(arguments.loudness),
            ),
            watch,
        )
        (file,) = joined.result["files"]
        record = {
            "hours": arguments.hours,
            "to": arguments.to,
            "loudness": arguments.loudness,
            **watch.seconds(),
            "bytes": file["bytes"],
            "chapters": len(file["chapters"]),
            "start_mib": round(before),
            "peak_mib": round(peak_mib()),
        }
    print(json.dumps(record))


if __name__ == "__main__":
    main()
