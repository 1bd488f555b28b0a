"""A source and two filters: pulses at a pitch that is heard in the frames, and noise.

A shift-invariant network that makes a whole frame at a time repeats itself frame by frame: where
frames are alike, only multiples of the frame rate can sound. Here the phase of the pulses runs on
from frame to frame, so that pitch is free of the frame rate, and noise comes in as noise. The
network has nothing to do but to say, frame by frame, what the pitch is and what the filters are
(source and filter: Fant 1960; neural filters of pulses and noise: Liu et al. 2020; blocks:
ConvNeXt, Liu et al. 2022).
"""
