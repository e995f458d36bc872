"""Reads that build a screen."""
