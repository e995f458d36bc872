from django.db import migrations

from incidents.texts import searchable

PORTION = 500
WORDS = ("headline", "situation", "action", "result", "people", "reaction")


def fold_again(apps, schema_editor):
    """Write the words of every version once more in the form in which they are searched now."""
    model = apps.get_model("incidents", "IncidentVersion")
    versions = model.objects.using(schema_editor.connection.alias).exclude(folded="").order_by("pk")
    last = 0
    while rows := list(versions.filter(pk__gt=last)[:PORTION]):
        for row in rows:
            row.folded = searchable(" ".join(getattr(row, name) for name in WORDS))
        versions.bulk_update(rows, ["folded"])
        last = rows[-1].pk


class Migration(migrations.Migration):
    atomic = False  # portion by portion, so that nobody waits for all of it

    dependencies = [("incidents", "0006_screening")]

    operations = [migrations.RunPython(fold_again, migrations.RunPython.noop)]
