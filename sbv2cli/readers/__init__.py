"""Bytes -> ScriptLine: one function per format, one row here."""
