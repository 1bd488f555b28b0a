"""Glow-TTS (Kim, Kim, Kong, Yoon 2020): mel spectrograms by a flow, aligned by a search."""
