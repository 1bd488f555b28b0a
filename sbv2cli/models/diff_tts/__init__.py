"""Diff-TTS: hidden states of a text, turned into a spectrogram by a denoiser in a few steps.

After Jeong and others (Interspeech 2021), whose network was never published: this one is ours, by
what the paper says and, where it says nothing, by what the papers that it builds on do.
"""
