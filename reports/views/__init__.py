"""Pages that combine what the other apps know."""
