"""Vocoders: frames of a latent or of a mel spectrogram in, samples out. One folder each."""
