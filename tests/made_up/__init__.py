"""A family of voices that does not exist: an acoustic model of mel spectrograms, and its vocoder.

It holds the seam: whoever brings these files and a row in each table has a voice that speaks.
"""
