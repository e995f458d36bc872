"""Foreign keys have an index of their own again: leaving it out brought nothing."""

import django.db.models.deletion
from django.db import migrations, models


def with_index(model, name, field, index):
    """Make the index alone: to alter the field would check the whole table's references anew."""
    table, column = "incidents_" + model, name + "_id"
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
        ("incidents", "0012_one_index_for_two"),
    ]

    operations = [
        with_index(
            "change",
            "study",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="changes",
                to="incidents.study",
            ),
            "incidents_change_study_id_0e0742e8",
        ),
        with_index(
            "draft",
            "member",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="drafts",
                to="incidents.member",
            ),
            "incidents_draft_member_id_50d863a8",
        ),
        with_index(
            "importrow",
            "source",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="rows",
                to="incidents.import",
            ),
            "incidents_importrow_source_id_025547a1",
        ),
        with_index(
            "incident",
            "imported_from",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="incidents",
                to="incidents.import",
            ),
            "incidents_incident_imported_from_id_8f94ffa2",
        ),
        with_index(
            "incident",
            "study",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="incidents",
                to="incidents.study",
            ),
            "incidents_incident_study_id_386fc197",
        ),
        with_index(
            "incidentversion",
            "incident",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="versions",
                to="incidents.incident",
            ),
            "incidents_incidentversion_incident_id_f88102c6",
        ),
        with_index(
            "interview",
            "study",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="interviews",
                to="incidents.study",
            ),
            "incidents_interview_study_id_ca041715",
        ),
        with_index(
            "moment",
            "incident",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="moments",
                to="incidents.incident",
            ),
            "incidents_moment_incident_id_f2ae74ac",
        ),
        with_index(
            "respondent",
            "study",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="respondents",
                to="incidents.study",
            ),
            "incidents_respondent_study_id_f4b7da74",
        ),
    ]
