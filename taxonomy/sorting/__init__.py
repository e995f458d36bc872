"""The mathematics of sorting: no Django, no database, no clock."""
