"""Files of many rows whose variables are described: CSV, workbooks, JSON and SPSS.

Each form has a module with `write(path, book, rows)`, which writes row by row as they come, and
`rows_in(path, book)`, which reads the finished file again and counts. Both raise `FileError` where
something is not as it has to be.
"""
