"""How the phones of a reading become the ids that a voice was trained with."""
