"""A migration may run while the former version still serves: it adds and takes nothing away.

What takes something away is a second step, one release later, and says so:
`second_step = "nothing uses it since 0.3"`.
"""

from pathlib import Path

import pytest
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.models.functions import Now

PUBLISHED = Path(__file__).with_name("published_migrations.txt")
OURS = ("incidents", "taxonomy", "reports")
TAKING = (
    migrations.RemoveField,
    migrations.DeleteModel,
    migrations.RenameField,
    migrations.RenameModel,
    migrations.AlterModelTable,
)


def ours():
    graph = MigrationLoader(None).graph
    return sorted(key for key in graph.nodes if key[0] in OURS)


def test_a_migration_that_was_published_stays():
    """Databases have run it: what it did is taken back by another. New ones are added here."""
    known = [tuple(line.split()) for line in PUBLISHED.read_text().splitlines()]
    assert ours() == sorted(known)


def faults_of(migration, before):
    """Name what the former version would stumble over; `before` is the state of the models."""
    if migration.initial or getattr(migration, "second_step", ""):
        return []
    state = before.clone()
    found = []
    for operation in flat(migration.operations):
        fault = fault_of(operation, state, migration.app_label)
        found += [f"{operation.describe()}: {fault}"] if fault else []
        operation.state_forwards(migration.app_label, state)
    return found


def flat(operations):
    for operation in operations:
        if isinstance(operation, migrations.SeparateDatabaseAndState):
            yield from flat(operation.state_operations)
        else:
            yield operation


def fault_of(operation, state, app):
    if isinstance(operation, TAKING):
        return "the former version still uses it"
    if isinstance(operation, migrations.AddField) and must_be_given(operation.field):
        return "the former version does not fill it; allow NULL or give db_default"
    if isinstance(operation, migrations.AlterField):
        before = state.models[app, operation.model_name_lower].fields[operation.name]
        if before.null and must_be_given(operation.field):
            return "the former version may still write NULL"
        if shrinks(before, operation.field):
            return "the former version may still write longer texts"
    return ""


def must_be_given(field):
    is_column = not isinstance(field, models.ManyToManyField) and not field.generated
    return is_column and not field.null and not field.has_db_default()


def shrinks(before, after):
    lengths = [getattr(field, "max_length", None) for field in (before, after)]
    return lengths[1] is not None and (lengths[0] is None or lengths[1] < lengths[0])


@pytest.mark.parametrize("key", ours(), ids="{0[0]}.{0[1]}".format)
def test_the_former_version_bears_the_migration(key):
    loader = MigrationLoader(None)
    migration = loader.graph.nodes[key]

    assert faults_of(migration, loader.project_state(key, at_end=False)) == []


# -- The test finds what it is there for ------------------------------------------------------


def state_with_a_model():
    state = migrations.state.ProjectState()
    fields = [
        ("id", models.BigAutoField(primary_key=True)),
        ("name", models.CharField(max_length=100, null=True)),
    ]
    migrations.CreateModel("Thing", fields).state_forwards("incidents", state)
    return state


def made_of(*operations, **attributes):
    kind = type("Migration", (migrations.Migration,), {"operations": operations, **attributes})
    return kind("0002_x", "incidents")


@pytest.mark.parametrize(
    ("operation", "fault"),
    [
        (migrations.RemoveField("thing", "name"), "still uses it"),
        (migrations.RenameField("thing", "name", "title"), "still uses it"),
        (migrations.DeleteModel("Thing"), "still uses it"),
        (migrations.RenameModel("Thing", "Object"), "still uses it"),
        (migrations.AlterModelTable("thing", "things"), "still uses it"),
        (migrations.AddField("thing", "size", models.IntegerField()), "give db_default"),
        (migrations.AddField("thing", "size", models.IntegerField(default=0)), "give db_default"),
        (migrations.AlterField("thing", "name", models.CharField(max_length=100)), "write NULL"),
        (
            migrations.AlterField("thing", "name", models.CharField(max_length=50, null=True)),
            "longer texts",
        ),
        (
            migrations.SeparateDatabaseAndState(
                state_operations=[migrations.RemoveField("thing", "name")]
            ),
            "still uses it",
        ),
    ],
    ids=lambda value: None if isinstance(value, str) else value.describe(),
)
def test_what_the_former_version_stumbles_over_is_named(operation, fault):
    found = faults_of(made_of(operation), state_with_a_model())

    assert len(found) == 1
    assert fault in found[0]


@pytest.mark.parametrize(
    "operation",
    [
        migrations.AddField("thing", "size", models.IntegerField(null=True)),
        migrations.AddField("thing", "size", models.IntegerField(db_default=0)),
        migrations.AddField("thing", "made_at", models.DateTimeField(db_default=Now())),
        migrations.AlterField("thing", "name", models.CharField(max_length=200, null=True)),
        migrations.CreateModel("Other", [("id", models.BigAutoField(primary_key=True))]),
    ],
)
def test_what_only_adds_is_no_fault(operation):
    assert faults_of(made_of(operation), state_with_a_model()) == []


def test_a_second_step_may_take_away_what_it_says():
    step = made_of(migrations.RemoveField("thing", "name"), second_step="unused since 0.3")

    assert faults_of(step, state_with_a_model()) == []
