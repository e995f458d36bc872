"""What the database has to know of its own size after many rows came at once."""

from django.db import connection
from django.db.models import Model


def tell_sizes(*models: type[Model]) -> None:
    """Let PostgreSQL's planner count these tables now, not when its own round comes.

    Before that round it takes a study of 7,000 moments for one of a few, and joins each moment
    with every settlement: one table took more than 80 seconds; with the sizes known, three tables
    and the check of all facts take 0.7. SQLite plans these queries well without.
    """
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        for model in models:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")
