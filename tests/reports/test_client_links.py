"""Links for clients: figures of a dashboard without an account, until they run out."""

import datetime as dt
import re

import pytest
from django.utils import timezone, translation

from incidents import jobs
from incidents.actions.refusals import RefusedError
from incidents.choices import JobState, Valence
from incidents.models import Change, Job, Moment
from reports.actions import composing, sharing
from reports.models import ClientLink, LinkOpening, Run
from reports.queries import client_pages, outside, releasing
from taxonomy.choices import Dimension
from taxonomy.tabulation.specification import Specification
from tests.reports.linking import computed, dashboard_of, opened, share, start_no_engine
from tests.reports.test_dashboards import add_table, saved
from tests.reports.test_reports import quote_of, tell_much
from tests.reports.test_runs import ran
from tests.reports.told import SECRET, blind, tell

BY_ORGANIZATION = Specification(round=1, by=Dimension.ORGANIZATION)


@pytest.fixture(autouse=True)
def no_engine(monkeypatch):
    """Start no JavaScript engine."""
    start_no_engine(monkeypatch)


@pytest.fixture
def dashboard(world):
    return dashboard_of(world)


# -- What is shown ----------------------------------------------------------------------------


def test_a_client_reads_figures_pictures_and_words_without_an_account(world, dashboard):
    run = computed(world)
    composing.add_words(
        composition=dashboard, heading="Read this", text="Now.\n\n<b>Then</b>", by=world.analyst
    )

    link, token, job = share(world, dashboard)
    response = opened(token)

    assert (job.state, response.status_code) == (JobState.DONE, 200)
    assert link.made_of == [str(run.uid)]
    cells = re.findall(r"<t[hd][^>]*>\s*([^<]*?)\s*</t[hd]>", response.text)
    assert cells[:4] == ["Category", "All", "Positive", "Negative"]
    at = cells.index("Warm")
    assert cells[at : at + 4] == ["Warm", "68%", "20", "7"]
    for words in ("Ms. Ivy", "At work", "Read this", "&lt;b&gt;Then", "of incidents told"):
        assert words in response.text
    assert '<path class="fill-ink" d="M0,0" />' in response.text
    assert response.text.count('id="chart-0-') == 1


def test_a_table_goes_by_its_name_and_says_beneath_what_it_counts(world, dashboard):
    computed(world)

    link, token, _job = share(world, dashboard)
    text = opened(token).text

    section = link.content["sections"][0]
    assert (section["title"], section["counted"]) == ("By valence", "Kinds: Fine by Valence")
    assert re.findall(r"<h2[^>]*>(.*?)</h2>", text) == ["By valence"]
    assert re.findall(r"<h3[^>]*>(.*?)</h3>", text) == ["Dots with intervals"]
    assert text.count(">Kinds: Fine by Valence<") == 1


def test_what_a_table_counts_is_not_said_again_where_its_name_says_it(world):
    computed(world)
    board = composing.create_dashboard(title="At work", is_front=False, by=world.analyst)
    add_table(board, saved(world, "Kinds: Fine by Valence"), world.analyst)

    _link, token, _job = share(world, board)

    assert opened(token).text.count(">Kinds: Fine by Valence<") == 1


def test_a_link_made_before_tables_went_by_their_names_is_still_read(world, dashboard):
    computed(world)
    link, token, _job = share(world, dashboard)
    section = link.content["sections"][0]
    section["title"] = section.pop("counted")
    for part in section["parts"]:
        part.pop("label", None)
    link.save()

    text = opened(token).text

    for heading in ("h2", "h3"):
        found = re.findall(rf"<{heading}[^>]*>(.*?)</{heading}>", text)
        assert found == ["Kinds: Fine by Valence"]


def test_the_page_leads_nowhere_and_has_no_word_that_was_told(world, dashboard):
    computed(world)
    quote = quote_of(world)
    composing.add_quote(composition=dashboard, quote=quote, by=world.analyst)

    link, token, _job = share(world, dashboard)
    text = opened(token).text

    assert [one["why"] for one in link.content["left_out"]] == ["quote"]
    assert not re.search(r"<(a|form|script|iframe)\b", text)
    for words in (quote.words, "told 1", SECRET, "B-17", world.study.slug + "/"):
        assert words not in text.replace("/static/", "")


def test_the_page_is_kept_by_nobody_and_sets_nothing(world, dashboard):
    computed(world)
    _link, token, _job = share(world, dashboard)

    response = opened(token)

    assert "no-store" in response["Cache-Control"]
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["X-Robots-Tag"].startswith("noindex")
    assert "script-src 'self'" in response["Content-Security-Policy"]
    assert not response.cookies


def test_the_page_is_in_the_language_in_which_it_was_asked_for(world, dashboard):
    computed(world)
    with translation.override("de"):
        _link, token, _job = share(world, dashboard)

    text = opened(token).text

    assert '<html lang="de"' in text
    assert '<th scope="col">Kategorie</th>' in text


def test_the_page_stays_as_it_was_made(world, dashboard):
    computed(world)
    _link, token, _job = share(world, dashboard)
    before = opened(token).text

    tell_much(world)
    ran(world)
    composing.add_words(composition=dashboard, heading="New", text="", by=world.analyst)

    assert opened(token).text == before


def test_what_too_few_told_is_not_in_the_page_nor_in_what_is_kept_of_it(world, dashboard):
    tell_much(world)
    tell(world, "mixed one", category=world.warm, valence=Valence.MIXED)
    run = ran(world)

    link, token, _job = share(world, dashboard)

    mixed = [column["word"] for column in run.answer["columns"]].index("mixed")
    assert run.answer["counts"][0][mixed] == 1
    table = next(one for one in link.content["sections"][0]["parts"] if one["kind"] == "table")
    assert table["rows"][0]["cells"][mixed] == "×"
    assert '<span aria-hidden="true">×</span><span class="visually-hidden">not shown' in (
        opened(token).text
    )


def test_the_values_of_a_picture_are_those_of_its_table(world, dashboard):
    computed(world)  # 32.5 per cent are quick

    link, token, _job = share(world, dashboard)
    text = opened(token).text

    found = {part["kind"]: part for part in link.content["sections"][0]["parts"]}
    drawn = [one["name"] for one in found["chart"]["series"]]
    at = [place for place, one in enumerate(found["table"]["columns"]) if one["name"] in drawn]
    rows = [row["cells"] for row in found["table"]["rows"] if row["kind"] == "body"]
    of_picture = re.findall(r'<td class="num">\s*([^<]*?)\s*</td>', text[text.index("<details") :])
    assert of_picture == [row[place] for row in rows for place in at]
    assert '<th scope="col">Category</th>' in text[text.index("<details") :]


def test_no_organization_stands_there_by_name(world, dashboard):
    computed(world)
    add_table(dashboard, saved(world, "By house", "round=1&by=organization"), world.analyst)
    ran(world, BY_ORGANIZATION, query="round=1&by=organization", names=True, by=world.admin)
    for text in (f"As {SECRET.lower()} has it.", f"{SECRET}er ways."):
        composing.add_words(composition=dashboard, heading="", text=text, by=world.analyst)

    link, token, _job = share(world, dashboard, by=world.admin)

    why = [(one["why"], one["title"][:8]) for one in link.content["left_out"]]
    assert why == [("organizations", "By house"), ("names", "As zanzi")]
    assert f"{SECRET}er ways." in opened(token).text


@pytest.mark.parametrize("names", [True, False])
def test_a_table_about_organizations_is_left_out_masked_or_not(world, dashboard, names):
    computed(world)
    for number in range(8):
        tell(world, f"more {number}", category=world.warm)
    filtered = f"round=1&f=organization&organization={world.organization.uid}"
    where = Specification(round=1, where=(("organization", (str(world.organization.uid),)),))
    asked = {"round=1&by=organization": BY_ORGANIZATION, filtered: where}
    for query, specification in asked.items():
        add_table(dashboard, saved(world, query[:20], query), world.analyst)
        ran(world, specification, query=query, names=names, by=world.admin)

    link, token, _job = share(world, dashboard, by=world.admin)

    assert [one["why"] for one in link.content["left_out"]] == ["organizations"] * 2
    assert len(link.content["sections"]) == 1
    assert "B-17" not in opened(token).text


@pytest.mark.parametrize("name", [SECRET, SECRET.replace(" ", "\n\u00a0"), "Ｚanzibar bank"])
def test_a_table_whose_labels_name_an_organization_is_left_out(world, dashboard, name):
    type(world.warm).objects.filter(pk=world.warm.pk).update(name=f"{name} is warm")
    computed(world)
    composing.add_words(composition=dashboard, heading="", text="Words.", by=world.analyst)

    link, token, _job = share(world, dashboard)

    assert [one["why"] for one in link.content["left_out"]] == ["names"]
    assert (link.made_of, link.content["released"]) == ([], [])
    assert "is warm" not in opened(token).text


def test_a_table_is_left_out_where_only_its_title_names_an_organization(world, monkeypatch):
    computed(world)
    board = composing.create_dashboard(title="At work", is_front=False, by=world.analyst)
    add_table(board, saved(world), world.analyst, table=False, findings=True)
    composing.add_words(composition=board, heading="", text="Words.", by=world.analyst)
    monkeypatch.setattr(client_pages, "title_of", lambda _run: f"Kinds at {SECRET}")

    link, _token, _job = share(world, board)

    assert [one["why"] for one in link.content["left_out"]] == ["names"]


def test_a_table_whose_own_name_names_an_organization_is_left_out(world, dashboard):
    computed(world)
    add_table(dashboard, saved(world, f"What {SECRET} does"), world.analyst)

    link, token, _job = share(world, dashboard)

    assert [one["why"] for one in link.content["left_out"]] == ["names"]
    assert len(link.content["sections"]) == 1
    assert SECRET not in opened(token).text


@pytest.mark.parametrize(("note", "stands"), [("Made up.", True), (f"Of {SECRET}.", False)])
def test_the_note_of_the_study_stands_on_the_page_unless_it_names(world, dashboard, note, stands):
    computed(world)
    type(world.study).objects.update(note=note)
    world.analyst.refresh_from_db()

    _link, token, _job = share(world, dashboard)

    assert (note in opened(token).text) == stands


def test_the_name_of_the_study_is_left_out_where_it_names_an_organization(world, dashboard):
    computed(world)
    _link, token, _job = share(world, dashboard)
    assert world.study.name in opened(token).text
    type(world.study).objects.update(name=f"Customers of {SECRET}")
    world.analyst.refresh_from_db()

    _link, token, job = share(world, dashboard)

    assert job.state == JobState.DONE
    assert "Customers of" not in opened(token).text


def test_a_title_that_names_an_organization_is_refused(world):
    named = composing.create_dashboard(title=f"For {SECRET}", is_front=False, by=world.analyst)
    composing.add_words(composition=named, heading="", text="Words.", by=world.analyst)

    _link, token, job = share(world, named)

    assert (job.state, "names an organization" in job.error) == (JobState.FAILED, True)
    assert opened(token).status_code == 404


def test_a_dashboard_of_which_nothing_may_be_shown_gives_no_page(world, dashboard):
    link, token, job = share(world, dashboard)  # never computed

    assert job.state == JobState.FAILED
    assert link.content == {}
    assert opened(token).status_code == 404


def test_who_became_blind_meanwhile_gets_no_page(world, dashboard):
    computed(world)
    until = timezone.now() + dt.timedelta(days=7)
    link, token = sharing.share_dashboard(
        dashboard=dashboard, recipient="x", expires_at=until, by=world.analyst
    )
    blind(world, world.analyst)

    assert jobs.run_now(link.job).state == JobState.FAILED
    assert opened(token).status_code == 404


# -- How long it opens ------------------------------------------------------------------------


def test_what_is_unknown_over_taken_back_unmade_or_deleted_looks_alike(world, dashboard):
    computed(world)
    over, revoked, replaced, unmade, deleted = (share(world, dashboard) for _ in range(5))
    ClientLink.objects.filter(pk=over[0].pk).update(expires_at=timezone.now())
    sharing.revoke_link(link=revoked[0], by=world.analyst)
    token = sharing.renew_link(link=replaced[0], by=world.analyst)
    ClientLink.objects.filter(pk=unmade[0].pk).update(made_at=None)
    assert opened(deleted[1]).status_code == opened(token).status_code == 200
    composing.delete_composition(composition=dashboard, by=world.analyst)

    tokens = [one[1] for one in (over, revoked, replaced, unmade, deleted)]
    found = {(opened(one).status_code, opened(one).text) for one in [*tokens, "x" * 43, "é"]}

    assert len(found) == 1
    assert found.pop()[0] == 404
    composing.restore_composition(composition=dashboard, by=world.analyst)
    assert opened(deleted[1]).status_code == 200


def test_each_opening_is_noted_once_a_minute(world, dashboard):
    computed(world)
    link, token, _job = share(world, dashboard)
    for _ in range(2):
        opened(token)
    opened("x" * 43)
    assert LinkOpening.objects.count() == 1

    LinkOpening.objects.update(opened_at=timezone.now() - dt.timedelta(seconds=61))
    opened(token)

    newest = link.openings.latest("pk").opened_at
    assert newest > timezone.now() - dt.timedelta(seconds=30)
    assert LinkOpening.objects.count() == 2


def test_a_link_that_was_taken_back_or_ran_out_gets_no_new_address(world, dashboard):
    computed(world)
    revoked, over = (share(world, dashboard)[0] for _ in range(2))
    sharing.revoke_link(link=revoked, by=world.analyst)
    sharing.revoke_link(link=revoked, by=world.analyst)
    ago = timezone.now() - dt.timedelta(seconds=1)
    ClientLink.objects.filter(pk=over.pk).update(expires_at=ago)

    for link in (revoked, over):
        with pytest.raises(RefusedError):
            sharing.renew_link(link=link, by=world.analyst)
    assert Change.objects.filter(verb="revoke_link", object_uid=revoked.uid).count() == 1


def test_only_a_digest_of_the_address_is_kept(world, dashboard):
    computed(world)
    link, token, _job = share(world, dashboard)

    kept = ClientLink.objects.filter(pk=link.pk).values().get()
    assert token not in str(kept)
    assert token not in str(list(Change.objects.values()))
    assert token not in str(list(Job.objects.values()))


# -- Releases of one question -----------------------------------------------------------------


def figures(link):
    table = next(one for one in link.content["sections"][0]["parts"] if one["kind"] == "table")
    return [row["cells"] for row in table["rows"]]


def test_a_later_release_does_not_tell_of_the_few_who_came_since(world, dashboard):
    computed(world)
    first, *_rest = share(world, dashboard)
    sharing.revoke_link(link=first, by=world.analyst)
    tell(world, "one more", category=world.warm)
    newest = ran(world)

    link, *_rest = share(world, dashboard)

    assert newest.answer["base"][0] == 41
    assert figures(link) == figures(first)
    assert link.made_of == first.made_of
    assert [one["kept"] for one in link.content["sections"]] == [True]
    assert [one["kept"] for one in first.content["sections"]] == [False]


def test_a_later_release_shows_the_newest_figures_where_many_came_to_each_cell(world, dashboard):
    computed(world)
    first, *_rest = share(world, dashboard)
    tell_much(world)
    newest = ran(world)

    link, *_rest = share(world, dashboard)

    assert link.made_of == [str(newest.uid)]
    assert [one["kept"] for one in link.content["sections"]] == [False]
    assert figures(link) != figures(first)


def test_a_mask_stays_as_it_was_released_whatever_is_known_of_organizations_since(world, dashboard):
    run = computed(world)
    first, *_rest = share(world, dashboard)
    site = Moment.objects.first().incident.site
    type(site).objects.update(organization=site.organization)  # all of one organization now

    link, *_rest = share(world, dashboard)

    assert link.made_of == [str(run.uid)]
    assert figures(link) == figures(first)


def test_the_earlier_release_is_kept_where_the_newest_cannot_be_compared(world, dashboard):
    before = computed(world)
    first, *_rest = share(world, dashboard)
    tell_much(world)
    ran(world)
    Run.objects.filter(pk=before.pk).update(members=None)

    link, *_rest = share(world, dashboard)

    assert link.made_of == first.made_of


def test_a_table_whose_run_lost_its_file_before_any_release_is_left_out(world, dashboard):
    run = computed(world)
    composing.add_words(composition=dashboard, heading="", text="Words.", by=world.analyst)
    Run.objects.filter(pk=run.pk).update(members=None)

    link, _token, job = share(world, dashboard)

    assert (job.state, job.error) == (JobState.DONE, "")
    assert [one["why"] for one in link.content["left_out"]] == ["no_file"]
    assert link.content["released"] == []


def test_who_compares_releases_reads_whose_they_are_once(world, dashboard, monkeypatch):
    for _number in range(2):
        computed(world)
        share(world, dashboard)
    tell_much(world)
    ran(world)
    read = []
    owners = releasing.owners_of
    monkeypatch.setattr(releasing, "owners_of", lambda *about: read.append(1) or owners(*about))
    monkeypatch.setattr(outside, "owners_of", lambda *about: read.append(1) or owners(*about))

    link, *_rest = share(world, dashboard)

    assert [one["kept"] for one in link.content["sections"]] == [False]
    assert len(read) == 3  # of the new run and of two before
