"""A backup holds one moment, comes back whole or not at all, and knows when it was damaged."""

import hashlib
import io
import json
import shutil
import stat
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import F

from config import backups
from config.backups import restoring, rows, saving, sealing, stored
from config.management.progress import Line
from incidents.actions.files import keep_file, path_of
from incidents.actions.history import record_change
from incidents.models import Change, Incident, StoredFile, Study
from tests.factories import IncidentFactory, StudyFactory, UserFactory
from tests.racing import elsewhere

pytestmark = pytest.mark.django_db(transaction=True)

WORDS = "Der Schalter war zu. 柜台关着。 “Quoted”, a tab\tand 'one' more."


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.FILES_DIR = tmp_path / "files"


@pytest.fixture
def study():
    """A study with incidents, and a stored file."""
    study = StudyFactory()
    for _ in range(3):
        incident = IncidentFactory(study=study)
        incident.version.__class__.objects.filter(pk=incident.version.pk).update(situation=WORDS)
    keep_file(study=study, name="told.csv", chunks=[b"what,told\n", b"1,nothing\n"], by=None)
    return study


@pytest.fixture
def backup(study, tmp_path):
    """A backup of that study."""
    path = tmp_path / "candid.backup"
    save(path)
    return path


def save(path):
    return backups.save(path, progress=quietly)


def restore(path, *, replace=True):
    return backups.restore(path, replace=replace, progress=quietly)


def quietly(_what, _done, _total):
    """Say nothing."""


def everything():
    """Return every row of every table, and every stored file."""
    kept = {
        model._meta.label: list(model._base_manager.order_by("pk").values_list())
        for model in apps.get_models()
        if model._meta.label != "sessions.Session"
    }
    root = Path(django_settings.FILES_DIR)
    files = {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }
    return kept, files


def lose_everything():
    tables = connection.introspection.django_table_names(only_existing=True)
    statements = connection.ops.sql_flush(restoring.no_style(), tables)
    connection.ops.execute_sql_flush(statements)
    shutil.rmtree(django_settings.FILES_DIR)


def rewrite(path, **changes):
    """Write an archive anew with other members, and seal it as one who knows how would."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    for name, change in changes.items():
        key = "manifest.json" if name == "manifest" else f"rows/{name.replace('__', '.')}.jsonl"
        members[key] = change(members[key])
    with zipfile.ZipFile(path, "w") as archive:
        archive.comment = sealing.OPEN
        for name, content in members.items():
            archive.writestr(name, content)
    sealing.seal(path)


# -- There and back ---------------------------------------------------------------------------


def test_what_was_lost_comes_back_as_it_was(backup):
    before = everything()
    lose_everything()

    restored = restore(backup, replace=False)

    assert everything() == before
    assert restored.files == 1
    assert restored.rows == sum(len(found) for found in before[0].values())


def test_what_came_later_is_gone_after_replacing(study, backup):
    before = everything()
    Study.objects.update(name="Changed")
    IncidentFactory(study=study)
    later = keep_file(study=study, name="later.csv", chunks=[b"later"], by=None)

    restore(backup)

    assert everything() == before
    assert not path_of(later).exists()


def test_new_rows_get_keys_of_their_own_after_restoring(study, backup):
    known = set(Incident.objects.values_list("pk", flat=True))
    lose_everything()
    restore(backup, replace=False)

    fresh = IncidentFactory(study=Study.objects.get(pk=study.pk))

    assert fresh.pk not in known


def test_a_backup_is_read_by_its_owner_alone_and_overwrites_nothing(backup):
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    content = backup.read_bytes()

    with pytest.raises(backups.Refusal, match="never overwrites"):
        save(backup)

    assert backup.read_bytes() == content
    assert {path.name for path in backup.parent.iterdir()} == {"files", backup.name}


def test_a_backup_into_a_folder_that_is_not_there_is_refused(study, tmp_path):
    with pytest.raises(backups.Refusal, match="does not exist"):
        save(tmp_path / "nowhere" / "candid.backup")


def test_who_was_signed_in_is_not_in_a_backup(study, client, tmp_path):
    client.force_login(UserFactory())
    save(tmp_path / "b")

    with zipfile.ZipFile(tmp_path / "b") as archive:
        assert not any("session" in name.lower() for name in archive.namelist())


# -- While others write -----------------------------------------------------------------------


def test_a_backup_is_one_moment_while_others_write(study, tmp_path, monkeypatch):
    """Another connection commits in two tables before each table is read."""
    read_lines = rows.lines_of

    def write_both():
        with transaction.atomic():
            Study.objects.filter(pk=study.pk).update(data_seq=F("data_seq") + 1)
            record_change(verb="tests.write", on=study, study=study, by=None)

    def write_and_read(model, *, alias):
        elsewhere(write_both)
        return read_lines(model, alias=alias)

    write_both()
    began_with = Study.objects.get(pk=study.pk).data_seq
    monkeypatch.setattr(rows, "lines_of", write_and_read)
    save(tmp_path / "b")
    went_on_to = Study.objects.get(pk=study.pk).data_seq

    restore(tmp_path / "b")

    assert went_on_to > began_with + 10
    assert Study.objects.get(pk=study.pk).data_seq == began_with
    assert Change.objects.filter(verb="tests.write").count() == 1


def test_a_backup_under_steady_load_is_whole(study, tmp_path):
    """Writers keep files, count them in the study and throw them away while it is made, thrice."""
    stop = threading.Event()

    def work():
        while not stop.is_set():
            kept = keep_file(study=study, name="x", chunks=[b"x" * 50_000], by=None)
            with transaction.atomic():
                Study.objects.filter(pk=study.pk).update(data_seq=F("data_seq") + 1)
                record_change(verb="tests.write", on=study, study=study, by=None)
            with transaction.atomic():
                StoredFile.objects.filter(pk=kept.pk).delete()
                transaction.on_commit(path_of(kept).unlink)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    first = Study.objects.get(pk=study.pk).data_seq
    for worker in workers:
        worker.start()
    try:
        saved = [save(tmp_path / f"b{number}") for number in range(3)]
    finally:
        stop.set()
        for worker in workers:
            worker.join(60)

    for number in range(3):
        restore(tmp_path / f"b{number}")
        counted = Study.objects.get(pk=study.pk).data_seq - first
        assert Change.objects.filter(verb="tests.write").count() == counted
        assert all(path_of(file).exists() for file in StoredFile.objects.all())
    assert [one.missing for one in saved] == [[], [], []]


def test_a_file_removed_while_the_backup_began_is_in_neither_rows_nor_files(
    study, tmp_path, monkeypatch
):
    look = stored.recorded
    gone = StoredFile.objects.get(study=study)

    def look_and_be_overtaken(alias):
        found = look(alias)
        elsewhere(lambda: StoredFile.objects.filter(pk=gone.pk).delete())
        path_of(gone).unlink(missing_ok=True)
        return found

    monkeypatch.setattr(stored, "recorded", look_and_be_overtaken)

    saved = save(tmp_path / "b")

    assert (saved.files, saved.missing) == (0, [])


def test_files_removed_at_each_of_several_looks_are_not_taken_for_lost(
    study, tmp_path, monkeypatch
):
    look = stored.recorded
    passing = [keep_file(study=study, name="x", chunks=[b"x"], by=None) for _ in range(3)]

    def look_and_be_overtaken(alias):
        found = look(alias)
        if passing:
            gone = passing.pop()
            elsewhere(lambda: StoredFile.objects.filter(pk=gone.pk).delete())
            path_of(gone).unlink()
        return found

    monkeypatch.setattr(stored, "recorded", look_and_be_overtaken)

    saved = save(tmp_path / "b")

    assert (saved.files, saved.missing, passing) == (1, [], [])


def test_a_file_that_is_missing_is_named_and_the_rest_is_kept(study, tmp_path, capsys):
    gone = StoredFile.objects.get(study=study)
    path_of(gone).unlink()

    with pytest.raises(CommandError, match=f"1 stored files are missing.*{gone.path}"):
        call_command("backup", str(tmp_path / "b"))
    call_command("restore", str(tmp_path / "b"), "--replace")

    assert "The backup itself lacked 1 files" in capsys.readouterr().out
    assert StoredFile.objects.count() == 1


# -- Damage -----------------------------------------------------------------------------------


def test_a_backup_that_was_cut_short_is_refused_and_nothing_changes(backup):
    whole, before = backup.read_bytes(), everything()

    for length in (0, 1, 63, 64, 65, len(whole) // 2, len(whole) - 64, len(whole) - 1):
        backup.write_bytes(whole[:length])
        with pytest.raises(backups.Refusal, match="cut short or altered"):
            restore(backup)

    assert everything() == before


def test_a_backup_with_one_altered_byte_is_refused_and_nothing_changes(backup):
    whole, before = backup.read_bytes(), everything()

    for place in [*range(0, len(whole), len(whole) // 40), len(whole) - 64, len(whole) - 1]:
        altered = bytearray(whole)
        altered[place] ^= 1
        backup.write_bytes(altered)
        with pytest.raises(backups.Refusal, match="cut short or altered"):
            restore(backup)

    assert everything() == before


def test_something_else_is_refused(tmp_path):
    (tmp_path / "letter").write_text("Dear operator, " * 50)

    for name in ("letter", "nothing"):
        with pytest.raises(backups.Refusal):
            restore(tmp_path / name)


def test_a_resealed_backup_that_contradicts_its_manifest_changes_nothing(backup):
    before = everything()
    rewrite(backup, incidents__Region=lambda _: b"")

    with pytest.raises(backups.Refusal, match="not what its manifest says"):
        restore(backup)

    assert everything() == before


def test_rows_that_do_not_fit_together_change_nothing(backup):
    before = everything()

    def without_interviews(content):
        manifest = json.loads(content)
        for table in manifest["tables"]:
            if table["model"] == "incidents.Interview":
                table |= {"rows": 0, "sha256": hashlib.sha256().hexdigest()}
        return json.dumps(manifest)

    rewrite(backup, incidents__Interview=lambda _: b"", manifest=without_interviews)

    with pytest.raises(backups.Refusal, match=r"The database refused \(IntegrityError\)"):
        restore(backup)

    assert everything() == before


def test_a_backup_that_names_a_file_outside_is_refused(backup):
    def astray(content):
        manifest = json.loads(content)
        manifest["files"][0]["path"] = "../outside"
        return json.dumps(manifest)

    rewrite(backup, manifest=astray)

    with pytest.raises(backups.Refusal, match="outside the folder"):
        restore(backup)


def test_a_backup_of_another_version_is_refused_by_name(backup):
    def older(content):
        manifest = json.loads(content)
        manifest["migrations"].remove("incidents.0002_cache_table")
        return json.dumps(manifest | {"candid": "0.0.9"})

    rewrite(backup, manifest=older)

    with pytest.raises(backups.Refusal, match=r"Candid 0\.0\.9 \(incidents\.0002_cache_table\)"):
        restore(backup)


def test_a_backup_of_a_later_format_is_refused(backup):
    rewrite(backup, manifest=lambda content: json.dumps(json.loads(content) | {"format": 2}))

    with pytest.raises(backups.Refusal, match="has format 2; this version reads 1"):
        restore(backup)


# -- What is there already --------------------------------------------------------------------


def test_a_database_with_data_is_left_alone_unless_it_may_be_replaced(backup):
    before = everything()

    with pytest.raises(CommandError, match=r"not empty .* --replace"):
        call_command("restore", str(backup))

    assert everything() == before


def test_an_error_on_the_way_leaves_rows_and_files_as_they_were(backup, monkeypatch):
    StoredFile.objects.all().delete()
    shutil.rmtree(django_settings.FILES_DIR)
    before = everything()

    def fail():
        raise KeyboardInterrupt

    monkeypatch.setattr(restoring, "_reset_sequences", fail)
    with pytest.raises(KeyboardInterrupt):
        restore(backup)

    assert everything() == before


@pytest.mark.postgres
def test_restoring_waits_for_nobody_for_long(backup, monkeypatch):
    monkeypatch.setattr(restoring, "LOCK_SECONDS", 1)
    holding, done = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            Study.objects.select_for_update().first()
            holding.set()
            done.wait(60)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    holding.wait(60)
    try:
        with pytest.raises(backups.Refusal, match="Are web, worker and beat stopped"):
            restore(backup)
    finally:
        done.set()
        holder.join(60)


# -- From one database to another -------------------------------------------------------------


@pytest.mark.worker
def test_what_was_gathered_on_sqlite_moves_to_this_database(
    process_environment, migrated_file, tmp_path
):
    folder = tmp_path / "laptop"
    folder.mkdir()
    shutil.copyfile(migrated_file, folder / "candid.sqlite3")
    environ = process_environment | {
        "DATABASE_URL": f"sqlite:///{folder}/candid.sqlite3",
        "DATA_DIR": str(folder),
        "FILES_DIR": str(folder / "files"),
    }
    told = folder / "told.csv"
    told.write_text("id,region,what happened\n1,Nord,Là-bas on attend.\n2,Süd,Alles gut.\n")
    importing = ["import_incidents", "--study", "b", "--create-study", "B", "--create-missing"]
    for command in (["migrate", "-v0"], [*importing, str(told)], ["backup", str(tmp_path / "b")]):
        manage(environ, *command)

    restore(tmp_path / "b")

    words = Incident.objects.order_by("pk").values_list("version__situation", flat=True)
    assert list(words) == ["Là-bas on attend.", "Alles gut."]
    assert path_of(StoredFile.objects.get()).read_bytes() == told.read_bytes()
    call_command("check_facts", stdout=io.StringIO())


def manage(environ, *arguments):
    command = [sys.executable, "manage.py", *arguments]
    root = django_settings.BASE_DIR
    subprocess.run(command, env=environ, cwd=root, check=True, capture_output=True)


# -- On the terminal --------------------------------------------------------------------------


class Terminal(io.StringIO):
    """A terminal that remembers."""

    def __init__(self, *, seen):
        super().__init__()
        self._seen = seen

    def isatty(self):
        return self._seen

    def write(self, text, ending=""):
        return super().write(text + ending)


def test_progress_is_one_line_on_a_terminal_and_nothing_in_a_file():
    seen, unseen = Terminal(seen=True), Terminal(seen=False)

    for stream in (seen, unseen):
        with Line(stream) as progress:
            progress("incidents.Incident", 1000, 24000)

    assert seen.getvalue() == f"\rincidents.Incident: 1,000 of 24,000\r{' ' * 35}\r"
    assert unseen.getvalue() == ""


def test_the_commands_say_what_they_did(study, tmp_path, capsys):
    call_command("backup", str(tmp_path / "b"))
    call_command("restore", str(tmp_path / "b"), "--replace")

    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{tmp_path}/b: ")
    assert " rows, 1 files, " in first
    assert second.startswith("Restored ")
    assert second.endswith("Everybody signs in again.")
    assert saving.version() == "0.1.0"
