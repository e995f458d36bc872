"""Words and shapes for the templates."""
