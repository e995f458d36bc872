"""Building the demo studies, in portions: what was cut off is taken up."""
