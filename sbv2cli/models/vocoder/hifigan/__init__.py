"""HiFi-GAN (Kong et al. 2020), the vocoder of every published voice of the VITS family."""
