"""Voices and BERT run by torch."""
