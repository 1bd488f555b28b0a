"""Style-Bert-VITS2 multilingual (1.x and 2.x)."""
