"""The teacher of the built-in voice: open sentences and open HTS voices to a corpus."""
