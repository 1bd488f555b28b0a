"""The 15 visemes of OVRLipSync and OpenXR as data: JSON and CSV."""

from __future__ import annotations

import csv
import io
import json

from sbv2cli.writers.mouths import VISEMES, visemes
from sbv2cli.writers.timeline import ExportOptions, Track


def cues_json(track: Track, options: ExportOptions) -> bytes:
    """Intervals without gaps, each with the name and the number of its viseme."""
    del options
    rows = ",\n".join(
        json.dumps({"start": start, "end": end, "viseme": name, "index": VISEMES.index(name)})
        for name, start, end in visemes(track)
    )
    head = json.dumps({"sound": track.sound, "duration": track.seconds}, ensure_ascii=False)
    return f'{head[:-1]}, "visemes": [\n{rows}\n]}}\n'.encode()


def cues_csv(track: Track, options: ExportOptions) -> bytes:
    """The same as a table, in seconds."""
    del options
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("start", "end", "index", "viseme"))
    table.writerows(
        (f"{start:.6f}", f"{end:.6f}", VISEMES.index(name), name)
        for name, start, end in visemes(track)
    )
    return text.getvalue().encode()
