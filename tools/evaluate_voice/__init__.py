"""How near a voice comes to its teacher, on sentences that it never learned from."""
