"""Foreign keys lose an index of their own where another index begins with them."""

import django.db.models.deletion
from django.db import migrations, models


def without_index(model, name, field, index):
    """Drop the index alone: to alter the field would check the whole table's references anew."""
    table, column = "incidents_" + model, name + "_id"
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
        ("incidents", "0011_found_by_index"),
    ]

    operations = [
        without_index(
            "change",
            "study",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="changes",
                to="incidents.study",
            ),
            "incidents_change_study_id_0e0742e8",
        ),
        without_index(
            "draft",
            "member",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="drafts",
                to="incidents.member",
            ),
            "incidents_draft_member_id_50d863a8",
        ),
        without_index(
            "importrow",
            "source",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="rows",
                to="incidents.import",
            ),
            "incidents_importrow_source_id_025547a1",
        ),
        without_index(
            "incident",
            "imported_from",
            models.ForeignKey(
                db_index=False,
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="incidents",
                to="incidents.import",
            ),
            "incidents_incident_imported_from_id_8f94ffa2",
        ),
        without_index(
            "incident",
            "study",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="incidents",
                to="incidents.study",
            ),
            "incidents_incident_study_id_386fc197",
        ),
        without_index(
            "incidentversion",
            "incident",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="versions",
                to="incidents.incident",
            ),
            "incidents_incidentversion_incident_id_f88102c6",
        ),
        without_index(
            "interview",
            "study",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="interviews",
                to="incidents.study",
            ),
            "incidents_interview_study_id_ca041715",
        ),
        without_index(
            "moment",
            "incident",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="moments",
                to="incidents.incident",
            ),
            "incidents_moment_incident_id_f2ae74ac",
        ),
        without_index(
            "respondent",
            "study",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="respondents",
                to="incidents.study",
            ),
            "incidents_respondent_study_id_f4b7da74",
        ),
    ]
