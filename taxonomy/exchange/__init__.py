"""A scheme as a file: JSON, CSV, XLSX and the codebook of REFI-QDA. Values only."""
