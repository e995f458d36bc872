"""A linear classifier of texts by their words: a job trains it, and it suggests. Pure."""
