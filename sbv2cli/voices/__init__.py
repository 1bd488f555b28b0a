"""A bundle on disk -> Voice, and Reading + Voice -> Utterance. No torch."""
