"""Lines that wait for workers on the disk come out by sound, as their first lines stand."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import bare_lines
import pytest

from sbv2cli.pipeline.diff import Outlined
from sbv2cli.pipeline.keys import Keys
from sbv2cli.pipeline.pending_sounds import PendingSounds


def _item(number, synth, voice=bare_lines.VOICE):
    prepared = replace(bare_lines.prepared(f"l{number}", number=number), voice=voice)
    keys = None if synth is None else Keys(reading="", synth=synth, post=f"{synth}.")
    return Outlined(prepared=prepared, keys=keys)


@pytest.mark.parametrize("reuse", [True, False])
def test_lines_of_a_sound_travel_together(reuse):
    other = replace(bare_lines.VOICE, fingerprint="other")
    items = [
        *(_item(1, "a"), _item(2, "b", other), _item(3, "c"), _item(4, "a"), _item(5, None)),
        *(_item(6, "b", other), _item(7, None)),
    ]
    pending = PendingSounds(SimpleNamespace(reuse=reuse))
    for item in items:
        pending.add(item)
    found = [sound.ids for sound in pending]
    if reuse:
        assert found == [("l1", "l4"), ("l3",), ("l5",), ("l7",), ("l2", "l6")]
    else:
        assert found == [("l1",), ("l3",), ("l4",), ("l5",), ("l7",), ("l2",), ("l6",)]
    assert len(pending) == len(found)
    # What comes back is the line itself, with the very voice.
    for item in items:
        back = pending.made(item.prepared.id)
        assert back == item.prepared
        assert back.voice is item.prepared.voice


def test_a_line_comes_back_once():
    pending = PendingSounds(SimpleNamespace(reuse=True))
    pending.add(_item(1, "a"))
    list(pending)
    pending.made("l1")
    with pytest.raises(KeyError):
        pending.made("l1")
