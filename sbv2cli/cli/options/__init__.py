"""Options that more than one command takes, a module a kind; `groups` shows them in groups."""
