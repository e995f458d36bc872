"""The demo study: a reconstruction whose percentages are published and whose rest is invented."""
