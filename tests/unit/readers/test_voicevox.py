"""VOICEVOX's text."""

from __future__ import annotations

import io

from sbv2cli.readers.voicevox import read


def test_voicevox_text():
    text = "四国めたん(ノーマル),こんにちは\nずんだもん(あまあま),やあ、元気\n続き\n"
    found = list(read(io.BytesIO(text.encode()), "a.txt"))
    assert [(line.character, line.delivery.style, line.text) for line in found] == [
        ("四国めたん", None, "こんにちは"),
        ("ずんだもん", "あまあま", "やあ、元気"),
        ("ずんだもん", "あまあま", "続き"),
    ]
