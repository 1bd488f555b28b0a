"""Voices mixed from voices. Imported by `sbv2 merge` and by nothing else."""
