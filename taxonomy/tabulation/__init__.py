"""From counts to the table as shown: pure functions, no database."""
