"""Schemes, codings, what counts, and the tables made of it."""
