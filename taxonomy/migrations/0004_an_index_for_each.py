"""Foreign keys have an index of their own again: leaving it out brought nothing."""

import django.db.models.deletion
from django.db import migrations, models


def with_index(model, name, field, index):
    """Make the index alone: to alter the field would check the whole table's references anew."""
    table, column = "taxonomy_" + model, name + "_id"
    return migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.RunSQL(
                f'CREATE INDEX IF NOT EXISTS "{index}" ON "{table}" ("{column}")',
                reverse_sql=f'DROP INDEX IF EXISTS "{index}"',
            )
        ],
        state_operations=[migrations.AlterField(model_name=model, name=name, field=field)],
    )


class Migration(migrations.Migration):

    dependencies = [
        ("incidents", "0013_an_index_for_each"),
        ("taxonomy", "0003_one_index_for_two"),
    ]

    operations = [
        with_index(
            "assignment",
            "batch",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="assignments",
                to="taxonomy.batch",
            ),
            "taxonomy_assignment_batch_id_8fd956a0",
        ),
        with_index(
            "assignment",
            "coder",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="assignments",
                to="incidents.member",
            ),
            "taxonomy_assignment_coder_id_da20d3cf",
        ),
        with_index(
            "settlement",
            "scheme",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="settlements",
                to="taxonomy.scheme",
            ),
            "taxonomy_settlement_scheme_id_0c0fed88",
        ),
    ]
