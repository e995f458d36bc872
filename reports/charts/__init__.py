"""Pictures of a table: from its figures to Vega-Lite, and from there to SVG and PNG."""
