"""Plain VITS, as published in 2021."""
