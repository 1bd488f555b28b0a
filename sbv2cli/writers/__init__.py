"""Waveform -> files and manifest rows, and what is made from them.

A row of `WRITERS` names a function `(Track, ExportOptions) -> bytes` that makes a derived file from
lines along one sound (`timeline.py`); with `table`, `(rows of the manifest) -> bytes`.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A format of derived files."""

    writer: str  # "package.module:function"
    ext: str
    help: str
    phones: bool = False  # cannot be made where the voice tells no durations
    table: bool = False  # holds rows of the manifest, also of lines without a file


def _timed(function: str, ext: str, text: str) -> Row:
    return Row(writer=f"sbv2cli.writers.{function}", ext=ext, help=text)


def _spoken(function: str, ext: str, text: str) -> Row:
    return Row(writer=f"sbv2cli.writers.{function}", ext=ext, help=text, phones=True)


WRITERS: Mapping[str, Row] = {
    "srt": _timed("subtitles:srt", "srt", "SubRip subtitles"),
    "vtt": _timed("subtitles:vtt", "vtt", "WebVTT with speakers and ruby"),
    "ass": _timed("subtitles:ass", "ass", "ASS subtitles"),
    "ass-karaoke": _timed("subtitles:ass_karaoke", "karaoke.ass", "ASS filled word by word"),
    "lrc": _timed("subtitles:lrc", "lrc", "LRC lyrics"),
    "polly": _timed("speech_marks:polly", "marks.json", "speech marks as of Amazon Polly"),
    "lab": _spoken("labels:lab", "lab", "HTK labels of phones"),
    "lab-moras": _spoken("labels:lab_moras", "moras.lab", "HTK labels of moras"),
    "textgrid": _spoken(
        "labels:textgrid", "TextGrid", "Praat TextGrid of phones, moras, words and lines"
    ),
    "audacity": _timed("labels:audacity", "txt", "Audacity labels of lines"),
    "rhubarb-tsv": _spoken("rhubarb:tsv", "mouth.tsv", "mouth shapes as of Rhubarb"),
    "rhubarb-json": _spoken("rhubarb:cues_json", "mouth.json", "the same as JSON"),
    "rhubarb-xml": _spoken("rhubarb:xml", "mouth.xml", "the same as XML"),
    "rhubarb-dat": _spoken("rhubarb:dat", "dat", "the same for OpenToonz"),
    "moho": _spoken("rhubarb:dat_preston_blair", "moho.dat", "the same for Moho"),
    "visemes-json": _spoken("viseme_files:cues_json", "visemes.json", "15 visemes of OVRLipSync"),
    "visemes-csv": _spoken("viseme_files:cues_csv", "visemes.csv", "the same as a table"),
    "vrm0": _spoken("mouth_curves:vrm0", "vrm0.json", "curves for VRM 0.x"),
    "vrm1": _spoken("mouth_curves:vrm1", "vrm1.json", "curves for VRM 1.0"),
    "vrma": _spoken("mouth_curves:vrma", "vrma", "VRM animation"),
    "live2d": _spoken("mouth_curves:live2d", "motion3.json", "Live2D motion of the mouth"),
    "live2d-vowels": _spoken(
        "mouth_curves:live2d_vowels", "vowels.motion3.json", "Live2D motion of vowels"
    ),
    "csv": Row(
        writer="sbv2cli.writers.manifest_table:csv_table",
        ext="csv",
        help="table of the manifest",
        table=True,
    ),
    "xlsx": Row(
        writer="sbv2cli.writers.manifest_table:xlsx_table",
        ext="xlsx",
        help="the same for Excel",
        table=True,
    ),
}
