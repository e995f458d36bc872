"""Report documents: tables, charts, quotes and the method section as PDF, Word and PowerPoint."""
