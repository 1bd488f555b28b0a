"""ScriptLine -> Reading. No torch, no voices.

A language is an object with `code` and `read(text, options) -> Reading`; one row here names it.
"""

LANGUAGES = {
    "ja": "sbv2cli.languages.japanese:JAPANESE",
    "en": "sbv2cli.languages.english:ENGLISH",
    "zh": "sbv2cli.languages.chinese:CHINESE",
}

SYMBOL_READERS = {
    "english_arpabet": "sbv2cli.languages.english.published_symbols:read_arpabet",
    "english_letters": "sbv2cli.languages.english.published_symbols:read_letters",
}
"""What reads text in the symbols of a family of voices: `read(text, given reading)`."""
