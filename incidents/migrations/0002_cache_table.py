"""The cache is a table (docs/adr/0012-cache-in-the-database.md), made with the others."""

from django.core.management import call_command
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def make_cache_table(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Make the table of every database cache; one that is there stays as it is."""
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    """Nothing of the models changes."""

    dependencies = [("incidents", "0001_initial")]

    operations = [
        migrations.RunPython(make_cache_table, migrations.RunPython.noop)
    ]
