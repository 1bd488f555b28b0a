"""Grad-TTS (Popov and others 2021): the means of a text, turned into frames by a diffusion."""
