"""A dataset folder -> batches, and the spectrograms that are learned from."""
