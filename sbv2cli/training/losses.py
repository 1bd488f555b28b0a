"""What is minimised. Everything here is computed in float32, whatever the networks run in."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional


def discriminator(real: Sequence[Tensor], made: Sequence[Tensor]) -> Tensor:
    """Least squares: real scores towards one, made ones towards zero; summed."""
    return _sum(
        [
            torch.mean((1 - r.float()) ** 2) + torch.mean(m.float() ** 2)
            for r, m in zip(real, made, strict=True)
        ]
    )


def generator(made: Sequence[Tensor]) -> Tensor:
    """Made scores towards one."""
    return _sum([torch.mean((1 - m.float()) ** 2) for m in made])


def features(real: Sequence[Sequence[Tensor]], made: Sequence[Sequence[Tensor]]) -> Tensor:
    """Distance of what the discriminators saw on the way, per discriminator and layer."""
    return 2 * _sum(
        [
            functional.l1_loss(m.float(), r.detach().float())
            for real_maps, made_maps in zip(real, made, strict=True)
            for r, m in zip(real_maps, made_maps, strict=True)
        ]
    )


def hinge_discriminator(real: Sequence[Tensor], made: Sequence[Tensor]) -> Tensor:
    """Real scores above one, made ones below minus one; nothing is asked of those that are."""
    return _sum(
        [
            functional.relu(1 - r.float()).mean() + functional.relu(1 + m.float()).mean()
            for r, m in zip(real, made, strict=True)
        ]
    )


def hinge_generator(made: Sequence[Tensor]) -> Tensor:
    """Made scores up; mean over discriminators."""
    return -_sum([m.float().mean() for m in made]) / max(1, len(made))


def relative_features(real: Sequence[Sequence[Tensor]], made: Sequence[Sequence[Tensor]]) -> Tensor:
    """Distance of the maps as a share of the real ones' size; mean over all."""
    terms = [
        functional.l1_loss(m.float(), r.detach().float()) / (r.detach().float().abs().mean() + 1e-3)
        for real_maps, made_maps in zip(real, made, strict=True)
        for r, m in zip(real_maps, made_maps, strict=True)
    ]
    return _sum(terms) / max(1, len(terms))


def kullback_leibler(
    prior_BCF: Tensor,
    posterior_log_scales_BCF: Tensor,
    means_BCF: Tensor,
    log_scales_BCF: Tensor,
    mask_B1F: Tensor,
) -> Tensor:
    """Posterior against prior, for the one sample `prior_BCF` that went through the flow.

    Summed over channels and divided by frames, as published.
    """
    prior_BCF, posterior_log_scales_BCF = prior_BCF.float(), posterior_log_scales_BCF.float()
    means_BCF, log_scales_BCF = means_BCF.float(), log_scales_BCF.float()
    squares_BCF = (prior_BCF - means_BCF) ** 2 * torch.exp(-2 * log_scales_BCF)
    terms_BCF = log_scales_BCF - posterior_log_scales_BCF - 0.5 + 0.5 * squares_BCF
    return (terms_BCF * mask_B1F).sum() / mask_B1F.float().sum()


def standard_normal(means_BCF: Tensor, log_scales_BCF: Tensor, mask_B1F: Tensor) -> Tensor:
    """Posterior against the standard normal: keeps a latent in bounds before there is a prior."""
    means_BCF, log_scales_BCF = means_BCF.float(), log_scales_BCF.float()
    terms_BCF = 0.5 * (means_BCF**2 + torch.exp(2 * log_scales_BCF) - 1) - log_scales_BCF
    return (terms_BCF * mask_B1F).sum() / mask_B1F.float().sum()


def latent(spoken_BCF: Tensor, heard_BCF: Tensor, mask_B1F: Tensor) -> Tensor:
    """Mean distance of what text gives from what was heard, over channels and frames."""
    distance_BCF = (spoken_BCF.float() - heard_BCF.float()).abs() * mask_B1F
    return distance_BCF.sum() / (mask_B1F.float().sum() * spoken_BCF.shape[1])


def durations(log_B1P: Tensor, target_B1P: Tensor, mask_B1P: Tensor) -> Tensor:
    """[B] squared error of the deterministic predictor, over the phones of the whole batch."""
    return ((log_B1P.float() - target_B1P) ** 2).sum(dim=(1, 2)) / mask_B1P.sum()


def mel(made_BCF: Tensor, real_BCF: Tensor) -> Tensor:
    """Mean distance of log mel spectrograms."""
    return functional.l1_loss(made_BCF, real_BCF)


def _sum(terms: list[Tensor]) -> Tensor:
    return torch.stack(terms).sum()


# Window and hop of the spectral distance (Parallel WaveGAN 2020).
RESOLUTIONS = ((512, 128), (1024, 256), (2048, 512))


def spectral_distance(made_BS: Tensor, real_BS: Tensor) -> Tensor:
    """Relative and logarithmic distance of magnitudes, mean over three resolutions."""
    terms = []
    with torch.autocast(made_BS.device.type, enabled=False):
        for window, hop in RESOLUTIONS:
            if made_BS.shape[1] <= window:
                continue
            made, real = (_magnitudes(x.float(), window, hop) for x in (made_BS, real_BS))
            terms.append(torch.linalg.norm(real - made) / torch.linalg.norm(real).clamp_min(1e-5))
            terms.append(functional.l1_loss(torch.log(made), torch.log(real)))
    return _sum(terms) / max(1, len(terms) // 2) if terms else made_BS.new_zeros(())


def _magnitudes(samples_BS: Tensor, window: int, hop: int) -> Tensor:
    hann = torch.hann_window(window, device=samples_BS.device)
    spectrum = torch.stft(samples_BS, window, hop, window=hann, return_complex=True)
    return torch.sqrt(torch.view_as_real(spectrum).square().sum(dim=-1) + 1e-7)
