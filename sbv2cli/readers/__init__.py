"""Bytes -> ScriptLine: one function per format, one row here.

A reader is `read(stream, source_name, options) -> Iterator[ScriptLine]` over a seekable binary
stream. Any bytes give lines or `ScriptError`, nothing else. `readers.script` opens files, tells
formats apart and chains several scripts.
"""

READERS = {
    "text": "sbv2cli.readers.text:read",
    "csv": "sbv2cli.readers.table:read",
    "tsv": "sbv2cli.readers.table:read_tsv",
    "jsonl": "sbv2cli.readers.json_lines:read",
    "json": "sbv2cli.readers.json_lines:read",
    "piper": "sbv2cli.readers.json_lines:read",
    "ssml": "sbv2cli.readers.ssml:read",
    "manifest": "sbv2cli.readers.manifest:read",
    "renpy": "sbv2cli.readers.renpy:read_renpy",
    "yarn": "sbv2cli.readers.renpy:read_yarn",
    "voicevox": "sbv2cli.readers.renpy:read_voicevox",
}
