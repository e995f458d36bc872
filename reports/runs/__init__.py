"""Computed tables beside each other: which moment stood where, and why one stands elsewhere now."""
