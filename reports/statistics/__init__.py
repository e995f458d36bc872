"""The statistics of a table, from its units: figures, intervals, tests, and what stands out.

Only jobs and commands import these modules, which load NumPy and SciPy; pages may import `reasons`.
What each figure is: docs/statistics.md.
"""
