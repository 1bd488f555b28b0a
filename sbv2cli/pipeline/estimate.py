"""About how long a text will sound: for plans, and to notice sounds that went wrong."""

# Seconds at speed 1, over pauses, languages and voices.
PHONE = 0.075
CHARACTER = 0.14  # of Japanese text; of other texts it is too much


def of_phones(phones: int, speed: float) -> float:
    """Seconds that so many phones take."""
    return phones * PHONE / speed


def of_text(text: str, speed: float) -> float:
    """Seconds that a text takes whose phones are not known yet."""
    return len(text) * CHARACTER / speed
