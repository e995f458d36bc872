"""Programs for those who work on Candid."""
