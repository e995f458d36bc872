"""Reads that build a screen: plain rows out."""
