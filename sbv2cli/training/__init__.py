"""Learning a voice. Imported by `sbv2 train` and by nothing else."""
