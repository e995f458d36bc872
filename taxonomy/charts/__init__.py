"""Where the marks of a chart stand. No database, no colours, no words."""
