"""Quotes as texts: who is named as their teller, what was told, what must not be read."""
