"""The straight line: script lines in, audio files and a manifest out.

Composes readers, languages, voices, engine and writers. Knows no format, no device and no Click.
"""
