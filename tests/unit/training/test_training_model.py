"""Learning and speaking agree where they must; each stage teaches what it says."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import partial

import pytest
import reference_encoder
import tiny_voice
import torch

from sbv2cli import tables
from sbv2cli.engine.torch import loading
from sbv2cli.errors import VoiceError
from sbv2cli.models import weights
from sbv2cli.models.layers.masks import length_mask
from sbv2cli.models.mel_latent import MIDDLE, QUIETEST, WIDTH
from sbv2cli.training import alignment, losses
from sbv2cli.training.data import segments, spectrogram
from sbv2cli.training.data.batch import TrainingBatch
from sbv2cli.training.data.spectrogram import SpectrogramSettings
from sbv2cli.training.networks import discriminators, duration_discriminators, weight_norm
from sbv2cli.training.networks.duration_discriminators import (
    ConvolutionalDurationDiscriminator,
    RecurrentDurationDiscriminator,
)
from sbv2cli.training.networks.posterior import LOG_SPREAD, MelPosterior
from sbv2cli.training.objectives.adversarial import ADVERSARIAL
from sbv2cli.training.objectives.vits_model import Draws, Pass, VitsTrainingModel
from sbv2cli.training.recipes import RECIPES
from sbv2cli.training.voice_weights import fill_model, published_tensors
from sbv2cli.voices.bundle import open_bundle
from sbv2cli.voices.configs import voice_config

KINDS = {
    "sbv2_jp_extra": RecurrentDurationDiscriminator,
    "sbv2_multilingual": ConvolutionalDurationDiscriminator,
}
BINS, SLICE = 17, 6


@pytest.fixture
def model(tmp_path):
    torch.manual_seed(0)
    bundle = open_bundle(tiny_voice.write(tmp_path / "tiny", bert=True))
    network = loading.build(bundle.config, where="here")
    model = VitsTrainingModel(network.acoustic, network.vocoder, BINS, SLICE).eval()
    # A fresh coupling is the identity, which would prove nothing.
    for coupling in model.synthesizer.flow.couplings:
        torch.nn.init.normal_(coupling.conv_out.weight, std=0.3)
    return model


def a_batch(*, durations=None):
    generator = torch.Generator().manual_seed(1)
    phones, frames = torch.tensor([5, 3]), torch.tensor([14, 8])
    return TrainingBatch(
        phones_BP=torch.randint(1, 50, (2, 5), generator=generator),
        tones_BP=torch.full((2, 5), 6),
        languages_BP=torch.ones(2, 5, dtype=torch.int64),
        phones_B=phones,
        speakers_B=torch.tensor([0, 1]),
        style_BC=torch.randn(2, 256, generator=generator),
        bert_BCP=torch.randn(2, 1024, 5, generator=generator),
        bert_slot_B=torch.zeros(2, dtype=torch.int64),
        spectrogram_BCF=torch.rand(2, BINS, 14, generator=generator),
        frames_B=frames,
        samples_B1S=torch.randn(2, 1, 14 * 8, generator=generator),
        durations_BP=durations,
    )


def draws_for(model, batch) -> Draws:
    torch.manual_seed(2)
    return model.draw(batch)


def test_the_flow_there_and_back_is_nothing(model):
    batch = a_batch()
    mask = length_mask(batch.frames_B, 14)
    z = torch.randn(2, 8, 14) * mask
    g = model.synthesizer.speakers(batch.speakers_B)[:, :, None]
    there = model.synthesizer.flow(z, mask, g)
    assert (there - z).abs().max() > 0.1
    assert (model.synthesizer.flow.reverse(there, mask, g) - z).abs().max() < 1e-4


def test_speaking_hears_what_learning_made(model):
    """The prior path at no noise is the means of the text, through the flow and the decoder."""
    batch = a_batch(durations=torch.tensor([[3, 3, 3, 3, 2], [2, 3, 3, 0, 0]]))
    draws = draws_for(model, batch)
    learned = model(batch, draws, Pass(stage="prior", prior_noise=0.0))
    net = model.synthesizer
    joint = model(batch, draws, Pass())
    latent = net.flow.reverse(joint.said.means_BCW, joint.heard.mask_B1F, joint.speaker_BG1)
    piece = segments.cut(latent, joint.made.starts_B, SLICE)
    wanted = model.vocoder(piece, None, joint.speaker_BG1)
    assert torch.allclose(learned.made.samples_B1S, wanted, atol=1e-5)
    assert joint.said.scores_BFP is None


@pytest.mark.parametrize(
    ("stage", "moved"),
    [
        ("joint", {"synthesizer", "vocoder", "posterior", "duration_posterior"}),
        ("vocoder", {"synthesizer", "vocoder", "posterior"}),
        ("text", {"synthesizer", "duration_posterior"}),
        ("prior", {"vocoder"}),
    ],
)
def test_each_stage_moves_its_own_parts(model, stage, moved):
    batch = a_batch()
    learned = model(batch, draws_for(model, batch), Pass(stage=stage))
    loss = torch.zeros(())
    if learned.said is not None:
        said = learned.said
        loss = loss + said.duration_loss_B.sum() + losses.kullback_leibler(
            said.prior_BCW, said.posterior_log_scales_BCW,
            said.means_BCW, said.log_scales_BCW, said.mask_B1W,
        )  # fmt: skip
    if learned.made is not None:
        loss = loss + learned.made.samples_B1S.abs().sum()
    loss.backward()
    with_gradient = {
        name.partition(".")[0] for name, p in model.named_parameters() if p.grad is not None
    }
    assert with_gradient == moved
    decoder = any(p.grad is not None for p in model.vocoder.parameters())
    text = any(p.grad is not None for p in model.synthesizer.text_encoder.parameters())
    assert decoder == (stage != "text")
    assert text == (stage in ("joint", "text"))


def test_a_window_of_the_flow_is_that_part_of_the_line(model):
    batch = a_batch(durations=torch.tensor([[3, 3, 3, 3, 2], [2, 3, 3, 0, 0]]))
    draws = draws_for(model, batch)
    whole = model(batch, draws, Pass()).said
    part = model(batch, draws, Pass(flow_window=5)).said
    start = segments.starts(batch.frames_B, 5, draws.windows_B)
    assert part.prior_BCW.shape[2] == 5
    assert torch.equal(part.means_BCW, segments.cut(whole.means_BCW, start, 5))
    assert torch.equal(part.duration_loss_B, whole.duration_loss_B)


def test_given_durations_of_nothing_count_as_one_frame(model):
    durations = torch.tensor([[0, 5, 4, 3, 2], [2, 3, 3, 0, 0]])
    batch = a_batch(durations=durations)
    said = model(batch, draws_for(model, batch), Pass()).said
    assert said.target_B1P[0, 0, 0].abs() < 1e-5
    assert torch.isfinite(said.duration_loss_B).all()
    offset = model(batch, draws_for(model, batch), Pass(duration_offset=0.5)).said
    assert torch.allclose(offset.target_B1P[0, 0, 1], torch.tensor(4.5).log())


def test_durations_found_have_a_frame_per_phone_and_fill_the_line(model):
    batch = a_batch()
    found = model(batch, draws_for(model, batch), Pass(alignment_noise=0.01)).said.durations_BP
    assert found.sum(dim=1).tolist() == [14, 8]
    assert found[0].min() >= 1
    assert found[1].tolist()[3:] == [0, 0]
    assert alignment.path(found, 14).sum() == 22


def test_published_names_there_and_back(model, tmp_path):
    config = open_bundle(tiny_voice.write(tmp_path / "again", bert=True)).config
    parts = loading.parts_of(config, where="here")
    tensors = published_tensors(model, parts, 7, for_speaking=False)
    assert tensors["iteration"].tolist() == [7]
    assert "dec.ups.0.weight_g" in tensors
    assert "enc_q.enc.in_layers.15.weight_v" in tensors
    assert "dec.conv_post.weight" in tensors
    assert not any(name.startswith("enc_q") for name in published_tensors(model, parts, 7))
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(1)
    assert fill_model(model, tensors, parts, where="here") == []
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, before[name]), name


def test_a_voice_with_more_layers_than_the_model_is_refused(model, tmp_path):
    config = open_bundle(tiny_voice.write(tmp_path / "again", bert=True)).config
    parts = loading.parts_of(config, where="here")
    tensors = published_tensors(model, parts, 0, for_speaking=False)
    layers = 1 + max(
        int(found[1])
        for name in tensors
        if (found := re.match(r"flow\.flows\.0\.enc\.ffn_layers\.(\d+)", name))
    )
    longer = {
        name.replace("ffn_layers.0.", f"ffn_layers.{layers}."): tensor
        for name, tensor in tensors.items()
        if name.startswith("flow.flows.0.enc.ffn_layers.0.")
    }
    with pytest.raises(VoiceError) as refused:
        fill_model(model, tensors | longer, parts, where="here")
    assert refused.value.code == "train.shape"
    assert "layers that the configuration does not have" in refused.value.message


def test_folded_weights_are_given_a_size_and_a_direction(model):
    state = {"vocoder.upsamplers.0.weight": torch.randn(16, 8, 8)}
    made = weight_norm.from_names(model.state_dict(), state)
    model.load_state_dict(made, strict=False)
    weight = model.vocoder.upsamplers[0].weight
    assert torch.allclose(weight, state["vocoder.upsamplers.0.weight"], atol=1e-6)


@pytest.mark.parametrize(
    "make",
    [
        discriminators.published,
        partial(discriminators.published, spectral=True),
        discriminators.small,
    ],
)
def test_discriminators_score_short_and_odd_audio(make):
    torch.manual_seed(0)
    scores, maps = make()(torch.randn(2, 1, 1501))
    assert len(scores) == len(maps) == 6
    assert all(s.shape[0] == 2 and torch.isfinite(s).all() for s in scores)


def test_of_nine_discriminators_one_period_and_two_spectra_are_asked():
    torch.manual_seed(0)
    everyone = discriminators.resolutions()
    asked = [discriminators.one_period_two_spectra() for _ in range(40)]
    assert {place for places in asked for place in places} == set(range(9))
    assert all(places[0] < 5 <= min(places[1:]) and len(set(places)) == 3 for places in asked)
    samples = torch.randn(2, 1, 4000)
    some, maps = everyone(samples, asked[0])
    every, _ = everyone(samples)
    assert (len(every), len(some), len(maps)) == (9, 3, 3)
    for place, scores in zip(asked[0], some, strict=True):
        assert torch.equal(scores, every[place])


def test_what_the_spectra_saw_is_compared_whatever_its_size():
    torch.manual_seed(0)
    row = ADVERSARIAL["resolutions"]
    network = discriminators.resolutions()
    real, made = torch.randn(2, 1, 1, 4000) * 0.1
    maps = [network(x, [0, 5, 8])[1] for x in (real, made)]
    distance = row.features(*maps)
    louder = [[[2 * one for one in some] for some in side] for side in maps]
    assert distance > 0
    torch.testing.assert_close(row.features(*louder), distance, rtol=0.05, atol=0)
    assert torch.equal(row.features(*(side[1:] for side in maps)), distance)
    assert row.features(maps[0], maps[0]) == 0


def test_a_hinge_asks_no_more_of_scores_that_are_far_enough():
    far, near = torch.tensor([[3.0, 1.0]]), torch.tensor([[0.5, -0.5]])
    assert losses.hinge_discriminator([far], [-far]) == 0
    assert losses.hinge_discriminator([near], [near]) == 2
    assert losses.hinge_generator([far, near]) == -1


def test_small_discriminators_are_small():
    count = sum(p.numel() for p in discriminators.small(32).parameters())
    assert count < 500_000


def test_the_duration_discriminator_of_multilingual_voices_has_no_gradient_to_the_predictor():
    hidden, mask, g = torch.randn(1, 8, 5), torch.ones(1, 1, 5), torch.randn(1, 6, 1)
    for name, teaches in (("sbv2_jp_extra", True), ("sbv2_multilingual", False)):
        target = torch.randn(1, 1, 5)
        predicted = torch.randn(1, 1, 5, requires_grad=True)
        _, second = KINDS[name](8, 6)(hidden, mask, target, predicted, g)
        loss = losses.generator([second])
        gradient = torch.autograd.grad(loss, predicted, allow_unused=True)[0]
        assert (gradient is not None) == teaches


@pytest.mark.parametrize(
    ("name", "file"), [("jp-extra", "jp_extra"), ("multilingual", "multilingual")]
)
def test_an_exported_voice_has_the_published_tensors(golden, name, file):
    lines = (golden / "model" / f"state_dict_{file}.tsv").read_text("utf-8").splitlines()
    speakers = int(re.search(r"n_speakers=(\d+)", lines[0]).group(1))
    rows = [line.split("\t") for line in lines if not line.startswith(("#", "key"))]
    recipe = tables.load(RECIPES[name])() | {"model_name": "x"}
    recipe["data"] |= {"n_speakers": speakers}
    config = voice_config.parse(json.dumps(recipe), where="here")
    parts = loading.parts_of(config, where="here")
    with torch.device("meta"):
        network = loading.build(config, where="here")
        model = VitsTrainingModel(network.acoustic, network.vocoder, 1025, 32)
    state = {**model.state_dict()}
    made = {
        weights.published_name(
            ours.replace("synthesizer.", "acoustic."), (*parts.names, *weights.TRAINING_ONLY)
        ): "x".join(map(str, tensor.shape))
        for ours, tensor in weight_norm.to_names(state).items()
    }
    assert made == {row[0]: row[1] for row in rows if row[0] != "iteration"}
    kept = {row[0] for row in rows if row[3] == "yes"}
    assert {name for name in made if not name.startswith("enc_q")} == kept - {"iteration"}


@pytest.mark.parametrize("file", ["jp_extra", "multilingual"])
def test_discriminators_have_the_published_tensors(golden, file):
    lines = (golden / "model" / f"state_dict_aux_{file}.tsv").read_text("utf-8").splitlines()
    wanted: dict[str, dict[str, str]] = {}
    for line in lines[1:]:
        module, key, shape = line.split("\t")
        wanted.setdefault(module.partition("(")[0], {})[key] = shape
    speaker_channels = int(wanted["DUR"]["cond.weight"].split("x")[1])
    with torch.device("meta"):
        reference = reference_encoder.ReferenceEncoder(1025, speaker_channels)
        weight_norm.normalise_all(reference)
        modules = {
            "D": (discriminators.published(), discriminators.NAMES),
            "DUR": (KINDS[f"sbv2_{file}"](192, speaker_channels), duration_discriminators.NAMES),
            "WD": (discriminators.WavlmHead(13 * 768), discriminators.WAVLM_NAMES),
            "ref_enc": (reference, reference_encoder.NAMES),
        }
    for name, (module, rows) in modules.items():
        made = {
            weights.published_name(ours, rows): "x".join(map(str, tensor.shape))
            for ours, tensor in weight_norm.to_names(module.state_dict()).items()
        }
        assert made == wanted.get(name, made), name


SOUNDS = SpectrogramSettings(rate=8000, window=2 * (BINS - 1), hop=8, mels=80)


def test_a_mel_posterior_hears_the_bands_themselves():
    posterior = MelPosterior(SOUNDS, latent=8)
    spectrogram_BCF = torch.rand(1, BINS, 30) + 0.1
    means, log_scales = posterior(spectrogram_BCF, None, torch.zeros(1, 1, 1))
    bands = spectrogram.mel(spectrogram_BCF, replace(SOUNDS, mels=8))
    assert torch.allclose(means * WIDTH + MIDDLE, bands, atol=1e-5)
    assert torch.equal(log_scales, torch.full_like(means, LOG_SPREAD))
    silence, _ = posterior(torch.zeros(1, BINS, 4), None, torch.zeros(1, 1, 1))
    assert float(silence.min()) == (QUIETEST - MIDDLE) / WIDTH
    assert not list(posterior.state_dict())


def test_what_text_says_meets_what_was_heard(model):
    """Spoken with the durations of the data and no noise, in the whole line or in a window."""
    batch = a_batch(durations=torch.tensor([[2, 3, 4, 3, 2], [3, 3, 2, 0, 0]]))
    draws = draws_for(model, batch)
    whole = model(batch, draws, Pass(stage="text", speak=True, prior_noise=0.0)).said
    g = model.synthesizer.speakers(batch.speakers_B)[:, :, None]
    mask = length_mask(batch.frames_B, 14)
    wanted = model.synthesizer.flow.reverse(whole.means_BCW * mask, mask, g)
    assert torch.allclose(whole.spoken_BCW, wanted, atol=1e-5)
    assert float(losses.latent(whole.spoken_BCW, whole.spoken_BCW, mask).detach()) == 0
    far = losses.latent(whole.spoken_BCW + 2 * mask, whole.spoken_BCW, mask)
    assert float(far.detach()) == pytest.approx(2, rel=1e-5)
    window = Pass(stage="text", speak=True, forward=False, flow_window=8, prior_noise=0.0)
    cut = model(batch, draws, window).said
    assert cut.prior_BCW is None
    assert cut.spoken_BCW.shape[2] == 8
    assert torch.equal(cut.frames_B, torch.tensor([8, 8]))
    at = int(cut.starts_B[0])
    assert torch.equal(cut.means_BCW[0], whole.means_BCW[0, :, at : at + 8])
    assert torch.equal(cut.posterior_means_BCW[0], whole.posterior_means_BCW[0, :, at : at + 8])


def test_learning_to_speak_reaches_from_the_text_to_the_sound(model):
    """Stage "speech": everything that speaks gets a gradient, what only listens gets none."""
    batch = a_batch(durations=torch.tensor([[2, 3, 4, 3, 2], [3, 3, 2, 0, 0]]))
    how = Pass(stage="speech", speak=True, forward=False, flow_window=8)
    learned = model(batch, draws_for(model, batch), how)
    learned.made.samples_B1S.square().sum().backward()
    net = model.synthesizer
    for part in (net.text_encoder.symbols, net.flow.couplings[0].conv_out, model.vocoder.conv_out):
        assert part.weight.grad is not None
        assert float(part.weight.grad.abs().sum()) > 0
    assert all(p.grad is None for p in model.posterior.parameters())
    # The slice is a piece of the line, not of the window.
    starts = learned.made.starts_B - learned.said.starts_B
    assert ((starts >= 0) & (starts <= 8 - SLICE)).all()


def test_the_stochastic_predictor_may_stay_as_it_is(model):
    batch = a_batch(durations=torch.tensor([[2, 3, 4, 3, 2], [3, 3, 2, 0, 0]]))
    draws = draws_for(model, batch)
    model(batch, draws, Pass(stage="text", stochastic=False)).said.duration_loss_B.sum().backward()
    assert all(p.grad is None for p in model.duration_posterior.parameters())
    assert model.synthesizer.durations.conv_out.weight.grad is not None
