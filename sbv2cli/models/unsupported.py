"""Weight files that are no voice and no vocoder: what they are, and what to take instead.

Asked only where a file did not fit, so a voice is never refused for a name that it shares with
these. Names are those of the published programs, or seen in their files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sbv2cli.errors import VoiceError
from sbv2cli.models import weights

LISTED = "docs/reference/voices.md says which voices can be opened"
GENERATOR = (
    "take the file of the generator from the same training run: G_*.pth, g_*, or the one named"
    " after the voice"
)

Names = frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsupported:
    """A kind of file; of several that fit the first one is it."""

    what: str
    fits: Callable[[Names], bool]
    instead: str = LISTED


def _any(*beginnings: str) -> Callable[[Names], bool]:
    """A name begins so."""
    return lambda names: any(name.startswith(beginnings) for name in names)


def _all(*beginnings: str) -> Callable[[Names], bool]:
    """Every name begins so."""
    return lambda names: bool(names) and all(name.startswith(beginnings) for name in names)


def _bert_vits2(names: Names) -> bool:
    # Its networks became those with styles; theirs have no style, in later ones there are emotions.
    return "enc_p.tone_emb.weight" in names and "enc_p.style_proj.weight" not in names


def _vits2(names: Names) -> bool:
    return "enc_p.tone_emb.weight" not in names and _any(
        "enc_p.encoder.spk_emb_linear.", "flow.flows.0.pre_transformer.", "flow.flows.0.enc.attn_"
    )(names)


A_VOCODER = Unsupported(
    what="a vocoder, which speaks spectrograms and reads no text",
    fits=lambda names: bool(weights.GENERATOR_EDGE & names) and _any("ups.", "resblocks.")(names),
    instead="put it with its config.json into the folder vocoder/ of a voice that makes"
    " spectrograms",
)
A_VOICE = Unsupported(
    what="a voice, and no vocoder",
    fits=lambda names: weights.guess_architecture(names) is not None,
    instead="the folder vocoder/ is for the HiFi-GAN that the voice was made with",
)

UNSUPPORTED = (
    Unsupported(
        what="the state of an optimiser",
        fits=lambda names: "param_groups" in names,
        instead=GENERATOR,
    ),
    Unsupported(
        what="the discriminators that a voice was trained with",
        fits=lambda names: (
            _all("discriminators.", "mpd", "msd", "optim_", "steps", "epoch", "net_d.")(names)
            or {"dur_proj.weight", "conv_1.weight"} <= names
            or _all("pre.", "convs.", "conv_post.")(names)
        ),
        instead=GENERATOR,
    ),
    Unsupported(
        what="a model of RVC, which changes one voice into another and reads no text",
        fits=_any("enc_p.emb_phone."),
    ),
    Unsupported(
        what="a model of GPT-SoVITS",
        fits=_any("enc_p.ssl_proj.", "enc_p.mrte.", "ar_audio_", "ar_text_"),
    ),
    Unsupported(
        what="a model of so-vits-svc, which changes one voice into another and reads no text",
        fits=_any("emb_uv.", "f0_decoder.", "enc_p.f0_emb.", "dec.m_source."),
    ),
    Unsupported(
        what="a voice of Bert-VITS2, which has no styles",
        fits=_bert_vits2,
    ),
    Unsupported(
        what="a voice of iSTFT-VITS",
        fits=_any("dec.subband_conv_post.", "dec.multistream_conv_post.", "dec.stft."),
    ),
    Unsupported(
        what="a voice of VITS with emotions",
        fits=_any("enc_p.emo_proj.", "enc_p.emotion_"),
    ),
    Unsupported(
        what="a voice of VITS2",
        fits=_vits2,
    ),
    Unsupported(
        what="a VITS of Coqui TTS",
        fits=_any("waveform_decoder."),
    ),
    Unsupported(
        what="a voice of Matcha-TTS",
        fits=_any("decoder.estimator.time_mlp."),
    ),
    Unsupported(
        what="a model that draws pictures",
        fits=_any(
            "down_blocks.", "diffusion_model.", "model.diffusion_model.", "first_stage_model."
        ),
    ),
    Unsupported(
        what="an addition to another model (LoRA)",
        fits=lambda names: any("lora_" in name for name in names),
    ),
    Unsupported(
        what="a BERT, which some voices need beside them",
        fits=_any("bert.", "deberta.", "roberta.", "embeddings.word_embeddings."),
        instead="docs/reference/language-models.md says where it goes",
    ),
    Unsupported(
        what="a model that writes text",
        fits=_any("lm_head.", "model.layers.", "layers.0.self_attn.", "embed_tokens."),
    ),
    Unsupported(
        what="style vectors alone",
        fits=_all("style_vectors"),
        instead="put the weights of the voice beside style_vectors.npy",
    ),
)


def refuse(table: object, where: str, *, vocoder: bool = False) -> None:
    """Raise an error that says what a file is, where its names are those of a known kind.

    `vocoder`: it should be one, not a voice.
    """
    if not isinstance(table, Mapping):
        return
    names = frozenset(map(str, table))
    known = (*UNSUPPORTED, A_VOICE if vocoder else A_VOCODER)
    found = next((kind for kind in known if kind.fits(names)), None)
    if found is not None:
        raise VoiceError(
            "voice.family",
            f"the weight file holds {found.what}",
            at=where,
            hint=found.instead,
        )
