"""What people look at: home, overviews, tables, verbatims."""
