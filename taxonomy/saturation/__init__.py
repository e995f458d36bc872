"""Whether new categories still come: pure functions on counts, in plain Python."""
