"""One voice on one device: utterances in, sounds or failures out."""
