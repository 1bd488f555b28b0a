"""What is minimised: an objective for each family of acoustic models, terms for each vocoder.

`Architecture.objective` and `VocoderKind.objective` name them.
"""
