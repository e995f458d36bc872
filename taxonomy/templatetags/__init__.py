"""Template tags of classification."""
