"""How far coders agree who judged the same units: coefficients, and intervals for them.

Only jobs and commands import this room: it loads NumPy, which a page has no time for. Its modules
`results` and `material` load nothing.
"""
