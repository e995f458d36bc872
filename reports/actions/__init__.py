"""Writes: verbs that are atomic and record the change."""
