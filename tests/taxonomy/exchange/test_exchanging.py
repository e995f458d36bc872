"""A scheme is taken away as a file and comes back as one revision, all of it or nothing."""

import json
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.html import escape

from incidents.actions.files import path_of
from incidents.actions.refusals import RefusedError
from incidents.choices import RoleName
from incidents.models import Change, Moment, StoredFile
from taxonomy.actions import exchanging
from taxonomy.actions.batching import merge_categories, place_category, retire_category
from taxonomy.actions.editing import add_category, start_scheme
from taxonomy.actions.planning import open_batch
from taxonomy.actions.revisions import Conflict, InvalidTree, undo
from taxonomy.actions.rounds import freeze_round
from taxonomy.exchange.files import FORMS
from taxonomy.exchange_messages import MESSAGES
from taxonomy.models import Category, Revision, Round, Scheme, SchemeFile
from taxonomy.queries.codebooks import TEMPLATES, codebook
from taxonomy.queries.history import steps_of
from taxonomy.queries.revisions import rows_of, tree_at_revision
from tests.factories import IncidentFactory, MemberFactory, StudyFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client):
    member = MemberFactory(study__slug="s", roles=[RoleName.ADMIN])
    client.force_login(member.user)
    return member


@pytest.fixture
def serve(admin):
    """SERVE with a merge, a retired category, one taken out and a frozen round."""
    scheme = start_scheme(study=admin.study, by=admin, **codebook("serve"))
    first, second, third, fourth = Category.objects.filter(round__position=1)[:4]
    merge_categories(categories=[first], into=second, by=admin)
    retire_category(category=third, by=admin)
    place_category(category=fourth, parent=None, by=admin)
    freeze_round(round=Round.objects.get(scheme=scheme, position=2), by=admin)
    scheme.refresh_from_db()
    return scheme


def taken(scheme, form, **options):
    return exchanging.export_scheme(scheme=scheme, form=form, by=None, **options)


def book_of(content, tmp_path):
    path = tmp_path / "scheme"
    path.write_bytes(content)
    return exchanging.book_in(path)


def url(name, *args):
    return reverse(f"taxonomy:{name}", args=["s", *args])


def upload(client, content, *args, name="scheme.json"):
    page = "scheme_import" if args else "scheme_from_file"
    return client.post(url(page, *args), {"file": SimpleUploadedFile(name, content)})


def plain(tree):
    """A tree without its ids and positions: what each category is called, where, and how it is."""
    names = {uid: row["name"] for uid, row in tree.items()}
    return sorted(
        tuple(
            sorted(
                (name, names.get(value, value) if isinstance(value, str) else value)
                for name, value in row.items()
                if name != "position" or row["type"] == "round"
            )
        )
        for row in tree.values()
    )


# -- Out and in -------------------------------------------------------------------------------


def test_every_template_that_a_study_can_start_from_is_there():
    assert [template.name for template in TEMPLATES] == ["serve", "cause", "encounter", "outcome"]


def test_a_new_scheme_of_a_json_file_is_the_same_tree(serve, admin, tmp_path):
    book = book_of(taken(serve, "json"), tmp_path)

    copy = exchanging.start_from_book(
        study=admin.study, slug="copy", name="Copy", book=book, by=admin
    )

    assert plain(rows_of(copy)) == plain(rows_of(serve))
    assert tree_at_revision(copy, copy.revision) == rows_of(copy)
    assert not set(rows_of(copy)) & set(rows_of(serve))


@pytest.mark.parametrize("form", ["csv", "xlsx", "qdc"])
def test_a_new_scheme_of_another_file_has_the_same_standing_paths(serve, admin, tmp_path, form):
    book = book_of(taken(serve, form), tmp_path)
    copy = exchanging.start_from_book(study=admin.study, slug="c", name="C", book=book, by=admin)

    def words(scheme):
        rows = Category.objects.filter(scheme=scheme, merged_into__isnull=True)
        columns = ("name", "round__position", "parent__name", "definition", "retired")
        return sorted(rows.values_list(*columns), key=lambda row: row[:2])

    assert words(copy) == words(serve)
    assert len(words(copy)) > 20


def test_a_scheme_of_another_installation_keeps_its_ids(serve, admin, tmp_path):
    content = taken(serve, "json")
    before = set(rows_of(serve))
    fresh = {uid: str(uuid.uuid4()) for uid in before}  # as nobody here has them
    text = content.decode()
    for uid, other in fresh.items():
        text = text.replace(uid, other)

    copy = exchanging.start_from_book(
        study=admin.study, slug="c", name="C", book=book_of(text.encode(), tmp_path), by=admin
    )

    assert set(rows_of(copy)) == set(fresh.values())


@pytest.mark.parametrize("form", FORMS)
def test_what_has_not_changed_is_not_brought_in(serve, tmp_path, form):
    book = book_of(taken(serve, form), tmp_path)

    with pytest.raises(InvalidTree):
        exchanging.import_book(scheme=serve, book=book, by=None)
    preview = exchanging.preview_of(book=book, study=serve.study, scheme=serve)
    assert (preview.possible, preview.plan.steps, preview.plan.absent) == (False, [], [])


def test_a_file_is_one_revision_and_is_taken_back_as_one(serve, admin, tmp_path):
    before = rows_of(serve)
    whole = json.loads(taken(serve, "json"))
    whole["categories"][0]["name"] = "Another name"
    whole["categories"].append({"round": 1, "name": "Brand new"})
    book = book_of(json.dumps(whole).encode(), tmp_path)
    number = serve.revision

    revision = exchanging.import_book(
        scheme=serve, book=book, by=admin, rationale="From a colleague.", expected_revision=number
    )

    assert (revision.number, revision.verb, revision.member) == (number + 1, "import", admin)
    assert Category.objects.filter(name__in=["Another name", "Brand new"], exists=True).count() == 2
    undo(revision=revision, by=admin)
    standing = {uid: row for uid, row in rows_of(serve).items() if uid in before}
    assert standing == before
    assert not Category.objects.filter(name="Brand new", exists=True).exists()


def test_a_file_that_breaks_a_rule_changes_nothing(serve, tmp_path):
    whole = json.loads(taken(serve, "json"))
    strategy = next(row for row in whole["categories"] if row["round"] == 2)
    whole["categories"].append({"round": 2, "parent": None, "name": strategy["name"]})
    book, before = book_of(json.dumps(whole).encode(), tmp_path), rows_of(serve)
    number = serve.revision

    preview = exchanging.preview_of(book=book, study=serve.study, scheme=serve)

    assert "frozen" in preview.refusal or strategy["name"] in preview.refusal
    with pytest.raises(InvalidTree):
        exchanging.import_book(scheme=serve, book=book, by=None)
    assert (rows_of(serve), Scheme.objects.get(pk=serve.pk).revision) == (before, number)


def test_a_new_scheme_that_breaks_a_rule_is_not_made(admin, tmp_path):
    table = b"round,path\n1,Twice\n1,Twice\n"
    book = book_of(table, tmp_path)

    preview = exchanging.preview_of(book=book, study=admin.study, scheme=None)

    assert "Twice" in preview.refusal
    with pytest.raises(InvalidTree):
        exchanging.start_from_book(study=admin.study, slug="x", name="X", book=book, by=admin)
    assert not Scheme.objects.exists()


def test_a_preview_leaves_no_trace(serve, tmp_path):
    whole = json.loads(taken(serve, "json"))
    whole["categories"][0]["name"] = "Another name"
    before = (rows_of(serve), Change.objects.count(), Revision.objects.count())

    exchanging.preview_of(
        book=book_of(json.dumps(whole).encode(), tmp_path), study=serve.study, scheme=serve
    )

    assert (rows_of(serve), Change.objects.count(), Revision.objects.count()) == before


def test_what_changed_since_the_preview_is_a_conflict(serve, admin, tmp_path):
    whole = json.loads(taken(serve, "json"))
    whole["categories"][0]["name"] = "Another name"
    book, seen = book_of(json.dumps(whole).encode(), tmp_path), serve.revision
    add_category(round=Round.objects.get(scheme=serve, position=1), name="Meanwhile", by=admin)

    with pytest.raises(Conflict):
        exchanging.import_book(scheme=serve, book=book, by=admin, expected_revision=seen)

    assert not Category.objects.filter(name="Another name").exists()


def test_an_earlier_revision_can_be_taken_away(serve, tmp_path):
    now, first = book_of(taken(serve, "json"), tmp_path), taken(serve, "json", revision=1)

    then = book_of(first, tmp_path)

    assert (then.revision, now.revision) == (1, serve.revision)
    assert not [row for row in then.categories if row.merged_into]
    assert [row for row in now.categories if row.merged_into]
    with pytest.raises(RefusedError):
        taken(serve, "json", revision=99)


def test_what_was_taken_away_is_in_the_change_log(serve, admin):
    exchanging.export_scheme(scheme=serve, form="qdc", by=admin)

    change = Change.objects.get(verb="export_scheme")
    assert (change.member, change.details["form"]) == (admin, "qdc")


# -- Pages ------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_everybody_who_reads_a_scheme_takes_it_away(client, serve, admin, form):
    reader = MemberFactory(study=admin.study, roles=[RoleName.INTERVIEWER])
    client.force_login(reader.user)

    response = client.get(url("scheme_export", "serve"), {"form": form, "merged": "on"})

    assert response.headers["Content-Type"] == FORMS[form][1]
    name = f"s-serve-revision-{serve.revision}.{form}"
    assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert response.content


def test_a_form_that_cannot_hold_the_scheme_is_refused_on_the_page(client, admin):
    rounds = [{"position": 1, "name": "Fine"}]
    start_scheme(study=admin.study, slug="empty", name="Empty", rounds=rounds, by=admin)

    response = client.get(url("scheme_export", "empty"), {"form": "qdc"})

    assert (response.status_code, response.headers["Content-Type"][:9]) == (422, "text/html")
    assert escape(str(MESSAGES["nothing_to_write"])) in response.text


def test_a_file_is_looked_at_and_then_brought_in(client, serve, admin):
    whole = json.loads(taken(serve, "json"))
    whole["categories"][0]["definition"] = "Said anew."
    del whole["categories"][-1]

    preview = client.get(upload(client, json.dumps(whole).encode(), "serve").url)

    kept = SchemeFile.objects.get()
    assert "Said anew." in preview.text
    assert preview.context["preview"].plan.absent
    stored = path_of(kept.file)
    sent = {"revision": preview.context["revision"], "rationale": "Agreed on Monday."}
    done = client.post(preview.request["PATH_INFO"], sent)
    assert (done.status_code, done.url) == (302, url("scheme_show", "serve"))
    revision = Revision.objects.latest("pk")
    assert (revision.rationale, revision.changes.count()) == ("Agreed on Monday.", 1)
    assert (SchemeFile.objects.exists(), StoredFile.objects.exists()) == (False, False)
    assert stored.name


def test_after_a_conflict_the_preview_is_made_again_of_the_kept_file(client, serve, admin):
    whole = json.loads(taken(serve, "json"))
    whole["categories"][0]["definition"] = "Said anew."
    page = upload(client, json.dumps(whole).encode(), "serve").url
    seen = client.get(page).context["revision"]
    add_category(round=Round.objects.get(scheme=serve, position=1), name="Meanwhile", by=admin)

    refused = client.post(page, {"revision": seen, "rationale": "Mine."})

    assert (refused.status_code, "Mine." in refused.text) == (409, True)
    assert any("Meanwhile" in path for path in refused.context["preview"].plan.absent)
    again = {"revision": refused.context["revision"], "rationale": "Mine."}
    assert client.post(page, again).status_code == 302
    assert Revision.objects.latest("pk").rationale == "Mine."


@pytest.mark.parametrize(
    ("content", "said"), [(b"<!DOCTYPE x><CodeBook/>", "doctype"), (b"name\n", "no_rows")]
)
def test_a_file_that_cannot_be_read_is_refused_with_a_sentence_and_not_kept(
    client, serve, content, said
):
    response = upload(client, content, "serve", name="x.qdc")

    assert response.status_code == 422
    assert escape(str(MESSAGES[said])) in response.text
    assert not StoredFile.objects.exists()


def test_a_file_too_large_is_refused_before_it_is_read(client, serve):
    assert upload(client, b"x" * 5_000_001, "serve").status_code == 422
    assert not StoredFile.objects.exists()


def test_what_stands_in_the_way_is_on_the_preview_and_cannot_be_sent(client, serve):
    table = b"round,path\n1,Nowhere at all > Lost\n"
    page = upload(client, table, "serve", name="x.csv").url

    preview = client.get(page)

    assert "Nowhere at all" in preview.text
    assert 'name="rationale"' not in preview.text
    assert client.post(page, {}).status_code == 422
    assert Scheme.objects.get().revision == serve.revision


def test_a_file_can_be_put_away(client, serve):
    page = upload(client, taken(serve, "json"), "serve").url
    file = SchemeFile.objects.get()
    stored = path_of(file.file)

    client.post(f"{page}discard/")

    assert (SchemeFile.objects.exists(), client.get(page).status_code) == (False, 404)
    assert stored.parent.name == str(serve.study.uid)


@pytest.mark.parametrize(
    ("page", "args", "sent"),
    [
        ("scheme_import", ["serve"], {"revision": 1}),
        ("scheme_from_file", [], {"name": "Copy", "slug": "copy"}),
    ],
)
def test_who_sends_what_another_click_brought_in_is_told_so(client, serve, page, args, sent):
    preview = upload(client, taken(serve, "json"), *args).url
    path_of(SchemeFile.objects.get().file).unlink()  # as the first click does, a moment ago

    for response in (client.post(preview, sent, follow=True), client.get(preview, follow=True)):
        assert response.redirect_chain == [(url(page, *args), 302)]
        assert "The file is no longer there. Upload it again." in response.text
    assert Scheme.objects.get().revision == serve.revision


def test_a_new_scheme_is_made_of_a_file_under_its_name(client, serve, admin):
    content = taken(serve, "qdc").replace(b'origin="Candid"', b'origin="Other"')
    page = upload(client, content, name="x.qdc").url

    preview = client.get(page)
    assert preview.context["preview"].possible
    refused = client.post(page, {"name": "Serve", "slug": "serve"})
    assert (refused.status_code, SchemeFile.objects.count()) == (422, 1)
    done = client.post(page, {"name": "From elsewhere", "slug": ""})

    assert done.url == url("scheme_show", "from-elsewhere")
    made = Scheme.objects.get(slug="from-elsewhere")
    assert (made.revision, made.categories.filter(exists=True).count() > 20) == (2, True)
    assert not SchemeFile.objects.exists()


def test_the_file_of_one_admin_is_not_anothers(client, serve, admin):
    page = upload(client, taken(serve, "json"), "serve").url
    other = MemberFactory(study=admin.study, roles=[RoleName.ADMIN])
    client.force_login(other.user)

    assert client.get(page).status_code == 404


def test_what_was_left_lying_goes_with_the_next_file(client, serve, admin):
    upload(client, taken(serve, "json"), "serve")
    left = SchemeFile.objects.get()
    SchemeFile.objects.update(created_at=left.created_at - exchanging.FORGOTTEN)

    upload(client, taken(serve, "json"), "serve")

    assert SchemeFile.objects.exclude(pk=left.pk).count() == SchemeFile.objects.count() == 1


def test_a_kept_file_is_the_file_of_one_preview(admin):
    file = StoredFile.objects.create(
        study=StudyFactory(), name="x", path="x", size=1, sha256="0" * 64
    )
    SchemeFile.objects.create(file=file)
    with pytest.raises(IntegrityError), transaction.atomic():
        SchemeFile.objects.create(file=file)


def test_the_history_says_how_many_came_and_how_many_changed(serve, admin, tmp_path):
    whole = json.loads(taken(serve, "json"))
    said = []
    for name, added in (("Once", 0), ("Twice", 2)):
        whole["categories"][0]["name"] = name
        whole["categories"] += [{"round": 1, "name": f"{name} {n}"} for n in range(added)]
        book = book_of(json.dumps(whole).encode(), tmp_path)
        revision = exchanging.import_book(scheme=serve, book=book, by=admin)
        said.append(steps_of([revision])[0].sentence)

    assert said == [
        "Changed 1 category by a file.",
        "Brought 2 categories with a file. Changed 1 category by a file.",
    ]


def test_a_file_bears_the_number_of_the_tree_in_it(client, serve, admin, tmp_path):
    stale = Scheme.objects.get(pk=serve.pk)
    add_category(round=Round.objects.get(scheme=serve, position=1), name="Late", by=admin)

    book = book_of(taken(stale, "json"), tmp_path)

    assert book.revision == stale.revision + 1
    assert "Late" in [row.texts["name"] for row in book.categories]


def test_who_codes_blind_does_not_learn_by_a_file_what_was_sorted_again(client, serve, admin):
    both = MemberFactory(study=admin.study, roles=[RoleName.ADMIN, RoleName.CODER])
    other = MemberFactory(study=admin.study, roles=[RoleName.CODER])
    IncidentFactory(study=admin.study)
    moments = Moment.objects.filter(incident__study=admin.study)
    open_batch(scheme=serve, name="Both", moments=moments, coders=[other, both], by=None)
    whole = json.loads(taken(serve, "json"))
    merged = next(row for row in whole["categories"] if row["merged_into"])
    merged["merged_into"] = None
    client.force_login(both.user)
    preview = client.get(upload(client, json.dumps(whole).encode(), "serve").url)

    refused = client.post(preview.request["PATH_INFO"], {"revision": serve.revision})

    assert (refused.status_code, "You are coding in this scheme" in refused.text) == (422, True)
    assert Category.objects.get(uid=merged["id"]).merged_into is not None
