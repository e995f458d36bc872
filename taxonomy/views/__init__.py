"""Pages of schemes, codings and tables."""
