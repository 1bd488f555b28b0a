"""ScriptLine -> Reading. No torch, no voices.

A language is an object with `code` and `read(text, options) -> Reading`; one row here names it.
"""

LANGUAGES = {
    "ja": "sbv2cli.languages.japanese:JAPANESE",
    "en": "sbv2cli.languages.english:ENGLISH",
    "zh": "sbv2cli.languages.chinese:CHINESE",
}
