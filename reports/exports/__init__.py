"""Files made of what the pages show."""
