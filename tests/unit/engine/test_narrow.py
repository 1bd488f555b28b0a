"""Networks of few channels compute what the modules compute, with Python and without it."""

from __future__ import annotations

from copy import deepcopy
from functools import partial

import pytest
import tiny_voice
import torch

from sbv2cli.engine.torch import loading
from sbv2cli.engine.torch.cpu import (
    flow,
    narrow_encoder,
    narrow_flow,
    scripted,
    source_filter,
)
from sbv2cli.models.architecture import Batch

VOICES = {
    "attention": partial(tiny_voice.opened, network={}),
    "wide heads": partial(tiny_voice.opened, network={"hidden_channels": 12, "n_heads": 1}),
    "gates": partial(tiny_voice.opened, network={"use_transformer_flow": False}),
    "vits": tiny_voice.opened_vits,
    "vits with speakers": partial(tiny_voice.opened_vits, speakers=3),
}


@pytest.fixture(scope="module", params=VOICES)
def acoustic(request, tmp_path_factory):
    bundle = VOICES[request.param](tmp_path_factory.mktemp("v") / "tiny")
    return loading.load(bundle).acoustic


def line(acoustic, phones):
    """One line of so many phones, and its noise."""
    generator = torch.Generator().manual_seed(phones)
    inventory = acoustic.inventory

    def draw(count):
        return torch.randint(count, (1, phones), generator=generator)

    batch = Batch(
        phones_BP=draw(inventory.phones),
        tones_BP=draw(inventory.tones),
        languages_BP=draw(inventory.languages),
        style_BC=torch.randn(1, 256, generator=generator),
        bert_BCP=None,
        bert_slot_B=torch.tensor([0]),
        lengths_B=None,
        speakers_B=torch.tensor([0]),
        length_scale_B=torch.tensor([1.1]),
        sdp_ratio_B=torch.tensor([0.3]),
        noise_scale_w_B=torch.tensor([0.8]),
    )
    return batch, torch.randn(1, 2, phones, generator=generator)


@pytest.mark.parametrize("phones", [1, 2, 3, 5, 16, 77])
@torch.inference_mode()
def test_planning(acoustic, phones):
    batch, noise = line(acoustic, phones)
    expected = acoustic.plan(batch, noise)
    found = flow.RowsPlanner(deepcopy(acoustic))(batch, noise)
    assert torch.equal(found.frames_BP, expected.frames_BP)
    torch.testing.assert_close(found.per_phone_BKP, expected.per_phone_BKP, rtol=0, atol=1e-5)


@torch.inference_mode()
def test_long_lines_attend_in_rows(acoustic, monkeypatch):
    prior, speaker = torch.randn(77, 8), torch.randn(acoustic.speaker_channels)
    whole = narrow_flow.NarrowFlow(acoustic.flow)(prior, speaker)
    monkeypatch.setattr(narrow_encoder, "SCORES_AT_ONCE", 77 * 2 * 5)
    rows = narrow_flow.NarrowFlow(acoustic.flow)(prior, speaker)
    torch.testing.assert_close(rows, whole, rtol=0, atol=1e-5)


@torch.inference_mode()
def test_translated_functions_give_the_same_bits(acoustic):
    if scripted.translated(narrow_flow.reverse) is narrow_flow.reverse:
        pytest.skip("this torch does not translate functions")
    model = flow.pack(deepcopy(acoustic), torch.float32)
    planner, decoder = model.planner, model.flow
    assert isinstance(planner, flow.RowsPlanner)
    lines = [line(acoustic, phones) for phones in (1, 3, 40)]
    spreads = [tiny_voice.spread(acoustic, frames, seed=frames) for frames in (1, 4, 130)]

    def spoken():
        plans = [planner(*each) for each in lines]
        return [
            *(plan.frames_BP for plan in plans),
            *(plan.per_phone_BKP for plan in plans),
            *(model.decode(each) for each in spreads),
        ]

    before = spoken()
    for _ in range(scripted.CALLS_BEFORE):
        after = spoken()
    for function in (planner.plan, decoder.reverse):
        assert function.is_translated
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))


@pytest.fixture(scope="module")
def vocoder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("v") / "tiny"
    bundle = tiny_voice.opened(folder, network={"vocoder": tiny_voice.SOURCE_FILTER})
    return loading.load(bundle).vocoder


def frames_of(vocoder, frames):
    """Frames, a speaker and noise for a vocoder."""
    generator = torch.Generator().manual_seed(frames)
    shapes = [(1, 8, frames), (1, 6, 1), (1, vocoder.noise_channels, frames)]
    x, speaker, noise = (torch.randn(shape, generator=generator) for shape in shapes)
    return x, None, speaker, noise


@pytest.mark.parametrize("frames", [1, 2, 3, 31, 32, 33, 150])
@torch.inference_mode()
def test_source_filter(vocoder, frames):
    given = frames_of(vocoder, frames)
    found, expected = source_filter.pack(vocoder, torch.float32)(*given), vocoder(*given)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-4)


@torch.inference_mode()
def test_translated_source_filter_gives_the_same_bits(vocoder):
    packed = source_filter.pack(vocoder, torch.float32)
    lines = [frames_of(vocoder, frames) for frames in (1, 70)]
    before = [packed(*each) for each in lines]
    for _ in range(scripted.CALLS_BEFORE):
        after = [packed(*each) for each in lines]
    if not packed.speak.is_translated:
        pytest.skip("this torch does not translate functions")
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))
