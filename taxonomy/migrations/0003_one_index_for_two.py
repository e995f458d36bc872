"""Foreign keys lose an index of their own where another index begins with them."""

import django.db.models.deletion
from django.db import migrations, models


def without_index(model, name, field, index):
    """Drop the index alone: to alter the field would check the whole table's references anew."""
    table, column = "taxonomy_" + model, name + "_id"
    return migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.RunSQL(
                f'DROP INDEX IF EXISTS "{index}"',
                reverse_sql=f'CREATE INDEX "{index}" ON "{table}" ("{column}")',
            )
        ],
        state_operations=[migrations.AlterField(model_name=model, name=name, field=field)],
    )


class Migration(migrations.Migration):

    dependencies = [
        ("incidents", "0012_one_index_for_two"),
        ("taxonomy", "0002_region_tally"),
    ]

    operations = [
        without_index(
            "assignment",
            "batch",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="assignments",
                to="taxonomy.batch",
            ),
            "taxonomy_assignment_batch_id_8fd956a0",
        ),
        without_index(
            "assignment",
            "coder",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="assignments",
                to="incidents.member",
            ),
            "taxonomy_assignment_coder_id_da20d3cf",
        ),
        without_index(
            "settlement",
            "scheme",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="settlements",
                to="taxonomy.scheme",
            ),
            "taxonomy_settlement_scheme_id_0c0fed88",
        ),
    ]
