"""One line at a time on a CPU: the networks of `models/` on packed weights."""
