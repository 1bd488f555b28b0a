"""Voices and BERT models from elsewhere onto this machine: hub, URL, archive, file, folder.

`source.py` reads what a person typed, `origins/` answers what is there and gives its bytes,
`layouts.py` says which files are a voice, `offer.py` what there is to choose from, and `install.py`
brings it here. Nothing is fetched but by the commands that call this package.
"""
