"""Voices and BERT run by onnxruntime."""
