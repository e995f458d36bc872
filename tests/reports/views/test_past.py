"""The time machine: tables of a past moment, beside those of today."""

import datetime as dt
import uuid
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from incidents import jobs
from incidents.actions import screening
from incidents.actions.numbering import REBUILD_TALLIES
from incidents.choices import RoleName
from incidents.models import DataNumber, Incident, Job, Study
from taxonomy.actions.batching import merge_categories, place_category
from taxonomy.actions.coding import code_moment, take_next_assignment
from taxonomy.actions.editing import add_category, describe_category, start_scheme
from taxonomy.actions.planning import open_batch
from taxonomy.actions.revisions import undo
from taxonomy.actions.rounds import add_round, drop_round
from taxonomy.models import Category, Revision, Round, Scheme
from taxonomy.queries import past
from tests.factories import IncidentFactory, MemberFactory, StudyFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shares(monkeypatch):
    """Show shares of a handful of moments, too."""
    monkeypatch.setattr("taxonomy.tabulation.display.LEAST_BASE", 0)


@pytest.fixture
def admin(client):
    study = StudyFactory(slug="s", time_zone="America/Vancouver")
    member = MemberFactory(study=study, roles=[RoleName.ADMIN, RoleName.CODER])
    client.force_login(member.user)
    return member


@pytest.fixture
def scheme(admin):
    return start_scheme(
        study=admin.study,
        slug="x",
        name="X",
        by=admin,
        rounds=[{"position": 1, "name": "Fine"}, {"position": 2, "name": "Coarse"}],
        categories=[
            {"round": 2, "code": "T", "name": "Top"},
            {"round": 2, "code": "O", "name": "Other"},
            {"round": 1, "name": "One", "parent": "T"},
            {"round": 1, "name": "Two", "parent": "O"},
        ],
    )


def code(coder, scheme, category):
    """One more accepted moment, coded so by one coder."""
    IncidentFactory(study=scheme.study, state="accepted")
    assignment = take_next_assignment(scheme=scheme, coder=coder)
    code_moment(assignment=assignment, by=coder, uid=uuid.uuid4(), category=category)


def named(name):
    return Category.objects.get(name=name)


def look(client, **query):
    return client.get(reverse("reports:table_past", args=["s", "x"]), query)


def rows_of(answer):
    """The figures of All, then and today, by the row's name."""
    rows = {row.name: tuple(row.figures[0]) for row in answer.context["rows"]}
    lines = {line.kind: tuple(line.counts[0]) for line in answer.context["lines"]}
    return rows, lines


@pytest.fixture
def coded(admin, scheme):
    """Three moments in One, one in Two; then One goes under Other, and New is made and used."""
    for name in ("One", "One", "One", "Two"):
        code(admin, scheme, named(name))
    place_category(category=named("One"), parent=named("Other"), by=admin)
    new = add_category(
        round=Round.objects.get(name="Fine"), name="New", parent=named("Top"), by=admin
    )
    code(admin, scheme, new)
    return scheme


def test_todays_data_roll_up_under_an_earlier_tree(client, coded):
    rows, lines = rows_of(look(client, revision=1))

    assert rows == {"Top": ("75%", "20%"), "Other": ("25%", "80%")}
    assert lines == {"base": ("4", "5"), "newer": ("1", "0")}


def test_the_page_says_which_question_it_answers(client, coded):
    page = look(client, revision=1).text

    assert "Re-rolled: today&#x27;s data under an earlier tree" in page
    assert "revision 1" in page
    assert f"data number {Study.objects.get().data_seq}" in page
    assert "“New”." in page  # what came later is named
    assert "figure-otherwise" in page
    assert "checked" in page


def test_a_figure_that_is_the_same_today_has_no_mark(client, coded):
    answer = look(client, revision=Scheme.objects.get().revision)

    assert "Every figure is the same today." in answer.text
    assert "figure-otherwise" not in answer.text


def test_a_day_means_its_end_where_the_study_is(client, coded):
    made = dt.datetime(2026, 3, 4, 7, 30, tzinfo=dt.UTC)  # the evening of the third in Vancouver
    Revision.objects.filter(number=1).update(created_at=made - dt.timedelta(days=1))
    Revision.objects.filter(number=2).update(created_at=made)

    def revision(**query):
        return look(client, **query).context["then"].revision

    assert revision(day="2026-03-02") == 1
    assert revision(day="2026-03-03") == 2
    assert revision(day="2026-03-03", time="23:29") == 1
    assert revision(day="2026-03-03", time="23:30") == 2


def test_names_are_those_of_then(client, admin, coded):
    describe_category(category=named("Top"), by=admin, name="Summit")

    assert "Top" in rows_of(look(client, revision=1))[0]


def test_a_merge_since_then_is_undone_in_the_former_figures(client, admin, coded):
    merge_categories(categories=[named("Two")], into=named("One"), by=admin)

    rows, _lines = rows_of(look(client, revision=1, round=1))

    assert rows == {"One": ("75%", "80%"), "Two": ("25%", None), "New": (None, "20%")}
    page = look(client, revision=1, round=1).text
    assert ("no row of its own today" in page, "no row of its own then" in page) == (True, True)


def test_a_round_is_found_again_where_others_were_added_below_it(client, admin, coded):
    add_round(scheme=Scheme.objects.get(), name="Finest", finest=True, by=admin)

    answer = look(client, revision=1, round=3)

    assert (answer.context["round_name"], answer.context["today"].specification.round) == (
        "Coarse",
        3,
    )


def test_a_round_that_is_gone_stands_alone(client, admin, coded):
    coarse = Round.objects.get(name="Coarse")
    drop_round(round=coarse, by=admin)

    answer = look(client, revision=1, round=coarse.uid)

    assert rows_of(answer)[0] == {"Top": ("75%", "75%"), "Other": ("25%", "25%")}
    assert "There is no table of today beside it" in answer.text
    assert "Coarse, re-rolled under revision 1</p>" in answer.text  # and not "and today"
    assert "figure-otherwise" not in answer.text
    assert Fields(answer.text).sent["round"] == str(coarse.uid)
    assert "round" not in answer.context["table_url"]


def test_the_round_chosen_is_the_one_shown_whatever_its_place_was(client, admin, coded):
    fine, coarse = Round.objects.get(name="Fine"), Round.objects.get(name="Coarse")
    add_round(scheme=Scheme.objects.get(), name="Finest", finest=True, by=admin)
    fine.refresh_from_db()
    assert fine.position == 2  # where Coarse was

    table = client.get(reverse("reports:table_show", args=["s", "x"]), {"round": "2"})
    sent = Fields(client.get(table.context["past_url"]).text).sent
    answer = look(client, **{**sent, "revision": "1"})

    assert (sent["round"], answer.context["round_name"]) == (str(fine.uid), "Fine")
    assert answer.context["today"].specification.round == 2
    rows = rows_of(answer)[0]
    assert rows == {"One": ("75%", "60%"), "Two": ("25%", "20%"), "New": (None, "20%")}
    offered = dict(answer.context["form"].fields["round"].choices)
    assert list(offered.values()) == ["Coarse", "Fine", "Finest"]
    assert answer.context["table_url"].endswith("?round=2")
    assert look(client, revision=1, round=coarse.uid).context["round_name"] == "Coarse"


def test_a_round_that_came_later_says_so_and_offers_those_of_then(client, admin, coded):
    drop_round(round=Round.objects.get(name="Coarse"), by=admin)
    add_round(scheme=Scheme.objects.get(), name="Summit", finest=False, by=admin)
    summit = Round.objects.get(name="Summit")
    assert summit.position == 2  # where Coarse was

    answer = look(client, revision=1, round="2", valence="positive")

    assert answer.status_code == 422
    assert "The round “Summit” was not there then." in answer.text
    assert [name for name, _url in answer.context["rounds_of_then"]] == ["Coarse", "Fine"]
    assert Fields(answer.text).sent["round"] == str(summit.uid)
    assert "Coarse (not there today)" in answer.text
    here = reverse("reports:table_past", args=["s", "x"])
    instead = client.get(here + answer.context["rounds_of_then"][0][1])
    assert instead.context["round_name"] == "Coarse"
    assert dict(instead.context["then"].specification.where) == {"valence": ("positive",)}


def test_without_a_round_it_is_the_coarsest_of_today_or_of_then(client, admin, coded):
    coarse = Round.objects.get(name="Coarse")
    add_round(scheme=Scheme.objects.get(), name="Summit", finest=False, by=admin)
    assert look(client, revision=1).context["round_name"] == "Coarse"

    drop_round(round=Round.objects.get(name="Summit"), by=admin)
    drop_round(round=coarse, by=admin)
    assert look(client, revision=1).context["round_name"] == "Fine"


def test_filters_name_what_was_there_then(client, admin, coded):
    top, new = named("Top"), named("New")

    kept = look(client, revision=1, round=1, category=str(top.uid))
    unknown = look(client, revision=1, round=1, category=str(new.uid))

    assert rows_of(kept)[1]["base"] == ("3", "1")
    assert unknown.status_code == 422


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"revision": "99"}, "The latest revision is"),
        ({"revision": "0"}, "field-error"),
        ({"revision": "x"}, "field-error"),
        ({"revision": "9" * 40}, "field-error"),
        ({"revision": "1", "day": "2026-01-01"}, "not both"),
        ({"time": "10:00"}, "Give the day, too."),
        ({"day": "2026-13-01"}, "field-error"),
        ({"day": "0001-01-01"}, "There is nothing of that day."),
        ({"day": "9999-12-31"}, "There is nothing of that day."),
        ({"day": "1999-12-31"}, "The scheme was not there yet; it is there since"),
        ({"revision": "1", "round": "9"}, "There is no such round."),
        ({"revision": "1", "round": "None"}, "There is no such round."),
        ({"day": "2199-12-31"}, "This is yet to come."),
        ({"revision": "1", "ask": "nonsense"}, "field-error"),
        ({"number": "1"}, "leave their number empty"),
        ({"ask": "as_was", "number": "9999"}, "The latest data number is"),
        ({"ask": "as_was", "number": "-1"}, "field-error"),
        ({"ask": "as_was", "number": "9" * 40}, "field-error"),
        ({"ask": "as_was", "number": "1", "day": "2026-01-01"}, "not both"),
        ({"ask": "as_was", "number": "0"}, "give the revision, too"),
        ({"ask": "as_was", "day": "1999-12-31"}, "The scheme was not there yet; it is there"),
    ],
)
def test_a_moment_that_is_none_is_asked_again(client, coded, query, said):
    answer = look(client, **query)

    assert (answer.status_code, said in answer.text) == (422, True)


def test_filters_are_fetched_when_asked_for(client, coded):
    assert 'name="organization"' not in look(client, revision=1).text
    assert 'name="organization"' in look(client, revision=1, filters="open").text
    assert 'name="organization"' in look(client, revision=1, valence="positive").text


def test_without_a_moment_the_page_asks_for_one(client, coded):
    answer = look(client)

    assert (answer.status_code, "As of when?" in answer.text) == (200, True)


def test_whoever_is_blind_sees_why_and_no_figure(client, admin, coded):
    moment = IncidentFactory(study=admin.study, state="accepted").moments.get()
    coder = MemberFactory(study=admin.study, roles=[RoleName.CODER])
    open_batch(scheme=coded, name="Both", moments=[moment], coders=[admin, coder], by=admin)

    answer = look(client, revision=1)

    assert (answer.status_code, "75%" in answer.text, "then" in answer.context) == (
        200,
        False,
        False,
    )


def test_the_table_and_the_history_lead_there(client, admin, coded):
    there = reverse("reports:table_past", args=["s", "x"])

    assert f'href="{there}' in client.get(reverse("reports:table_show", args=["s", "x"])).text
    history = reverse("taxonomy:scheme_history", args=["s", "x"])
    assert f'href="{there}"' in client.get(history).text
    coder = MemberFactory(study=admin.study, roles=[RoleName.CODER])
    client.force_login(coder.user)
    assert f'href="{there}"' not in client.get(history).text


class Fields(HTMLParser):
    """What the form of the page sends when a reader presses Show."""

    def __init__(self, page):
        super().__init__()
        self.sent, self.at, self.inside = {}, None, False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "form":
            self.inside = "past-form" in given.get("class", "")
        if not self.inside:
            return
        if tag == "select":
            self.at = given["name"]
        elif tag == "option" and "selected" in given:
            self.sent[self.at] = given["value"]
        elif tag == "input" and (given["type"] != "radio" or "checked" in given):
            self.sent[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag):
        self.inside = self.inside and tag != "form"


def test_the_table_one_came_from_is_the_table_one_is_shown(client, coded):
    table = reverse("reports:table_show", args=["s", "x"])
    asked = {
        "round": "1",
        "by": "viewpoint",
        "unit": "incidents",
        "counts": "on",
        "valence": "positive",
        "category": str(named("Top").uid),
    }
    way = client.get(table, asked).context["past_url"]
    sent = Fields(client.get(way).text).sent

    shown = look(client, **{**sent, "revision": "1"})

    specification = shown.context["then"].specification
    assert (specification.round, specification.by, specification.unit) == (
        1,
        "viewpoint",
        "incidents",
    )
    assert dict(specification.where) == {
        "valence": ("positive",),
        "category": (asked["category"],),
    }
    back = client.get(shown.context["table_url"]).context["form"]
    assert back.shows_counts
    assert {name: back.data[name] for name in asked if name != "counts"} == {
        name: value for name, value in asked.items() if name != "counts"
    }


@pytest.mark.parametrize("wrong", [{"revision": "99"}, {"revision": "x"}, {"day": "1999-12-31"}])
def test_a_moment_that_is_none_leaves_the_question_as_it_is(client, coded, wrong):
    refused = look(client, round="1", by="viewpoint", valence="positive", **wrong)

    sent = Fields(refused.text).sent
    assert refused.status_code == 422
    fine = str(Round.objects.get(name="Fine").uid)
    assert (sent["round"], sent["by"], sent["valence"]) == (fine, "viewpoint", "positive")


def test_what_does_not_add_up_is_said_of_then_or_of_today(client, admin, scheme):
    code(admin, scheme, named("One"))
    code(admin, scheme, named("Two"))
    new = add_category(
        round=Round.objects.get(name="Fine"), name="New", parent=named("Top"), by=admin
    )
    code(admin, scheme, new)

    def said(revision):
        notes = look(client, revision=revision, round=1, by="viewpoint").context["notes"]
        return [note.split(" do")[0].split(",")[0] for note in notes if "add to 100" in note]

    assert said(1) == ["Today: All"]
    assert said(2) == ["All"]
    merge_categories(categories=[named("Two")], into=named("One"), by=admin)
    assert said(2) == ["Then: All"]
    assert said(1) == []


@pytest.mark.parametrize("more", [1, 12])
def test_a_table_of_then_takes_25_queries_for_any_number_of_categories(
    client, admin, coded, more, django_assert_num_queries
):
    for number in range(more):
        place = Round.objects.get(name="Fine")
        code(admin, coded, add_category(round=place, name=f"More {number}", by=admin))

    with django_assert_num_queries(25):
        look(client, revision=1)


# -- As it was --------------------------------------------------------------------------------


@pytest.fixture
def lived(admin, scheme):
    """Three moments in One and one in Two; each step can be asked for by its number."""
    numbers = {}
    for name in ("One", "One", "One", "Two"):
        accept_one(admin)
        code(admin, scheme, named(name))
        numbers[len(numbers)] = Study.objects.get().data_seq
    return numbers


def accept_one(admin):
    incident = IncidentFactory(study=admin.study, state="submitted")
    screening.accept(incident=incident, by=admin, row_version=0)


def test_data_and_tree_are_those_of_then(client, admin, lived):
    place_category(category=named("One"), parent=named("Other"), by=admin)

    then = look(client, ask="as_was", number=lived[1], revision=1)
    rerolled = look(client, ask="rerolled", revision=1)

    assert rows_of(then)[0] == {"Top": ("100%", "–"), "Other": ("–", "100%")}
    assert rows_of(then)[1]["base"] == ("2", "4")
    assert rows_of(rerolled)[0] == {"Top": ("75%", "–"), "Other": ("25%", "100%")}
    assert "As it was: data and tree of a past moment</p>" in then.text
    assert "the valence of moments" in then.text  # what is not as it was is said
    assert "the valence of moments" not in rerolled.text


def test_what_left_since_is_counted_as_it_was(client, admin, lived):
    first = Incident.objects.order_by("pk").first()
    screening.withdraw(incident=first, by=admin, row_version=first.row_version)

    _rows, lines = rows_of(look(client, ask="as_was", number=lived[3], revision=1))

    assert lines["base"] == ("4", "3")


def test_a_moment_is_found_by_its_day_its_number_and_its_revision(client, admin, lived):
    day = dt.datetime(2026, 3, 4, 12, tzinfo=dt.UTC)
    Revision.objects.update(created_at=day - dt.timedelta(days=1))
    marks = list(DataNumber.objects.order_by("number").values_list("number", flat=True))
    for place, number in enumerate(marks):
        at = day + dt.timedelta(hours=place)
        DataNumber.objects.filter(number=number).update(at=at)
    place_category(category=named("One"), parent=None, by=admin)
    Revision.objects.filter(number=2).update(created_at=day + dt.timedelta(hours=1, minutes=30))

    def found(**query):
        then = look(client, ask="as_was", **query).context["then"]
        return then.data_seq, then.revision

    assert found(day="2026-03-04") == (marks[-1], 2)
    assert found(day="2026-03-04", time="05:00") == (marks[1], 1)  # 13:00 in UTC
    assert found(revision=2) == (marks[1], 2)
    assert found(number=marks[1]) == (marks[1], 1)
    assert found(number=marks[2]) == (marks[2], 2)
    assert found(number=marks[-1], revision=1) == (marks[-1], 1)


def test_before_times_were_kept_a_number_is_asked_with_its_revision(client, admin, lived):
    DataNumber.objects.filter(number__lte=lived[0]).delete()
    Revision.objects.update(created_at=dt.datetime(2020, 1, 2, tzinfo=dt.UTC))

    unknown = look(client, ask="as_was", day="2020-02-02")
    by_revision = look(client, ask="as_was", revision=1)
    alone = look(client, ask="as_was", number=lived[0])
    both = look(client, ask="as_was", number=lived[0], revision=1)

    assert [one.status_code for one in (unknown, by_revision, alone, both)] == [422, 422, 422, 200]
    assert "is known from" in unknown.text
    assert rows_of(both)[1]["base"] == ("1", "4")


def test_no_number_has_a_time_yet(client, admin, lived):
    DataNumber.objects.all().delete()

    page = look(client, ask="as_was", revision=1)

    assert (page.status_code, "Of no day is it known" in page.text) == (422, True)


def test_a_large_study_is_not_counted_while_somebody_waits(client, admin, lived, monkeypatch):
    incidents = Incident.objects.count()
    monkeypatch.setattr(past, "MOST_AT_ONCE", incidents)
    assert look(client, ask="as_was", revision=1, number=lived[1]).status_code == 200

    monkeypatch.setattr(past, "MOST_AT_ONCE", incidents - 1)
    refused = look(client, ask="as_was", revision=1, number=lived[1])

    assert (refused.status_code, "keep you waiting" in refused.text) == (422, True)
    assert look(client, ask="rerolled", revision=1).status_code == 200


def test_the_page_says_when_the_figures_of_today_are_behind(client, admin, lived):
    assert "are being counted again" not in look(client, ask="as_was", number=1, revision=1).text
    for job in Job.objects.filter(kind=REBUILD_TALLIES):
        jobs.execute(job.pk)
    assert "are being counted again" not in look(client, revision=1).text
    accept_one(admin)

    for query in ({"ask": "as_was", "number": 1}, {"ask": "rerolled"}):
        assert "are being counted again" in look(client, revision=1, **query).text


def test_a_day_that_goes_on_is_as_of_now(client, admin, lived):
    today = timezone.localdate(timezone=ZoneInfo("America/Vancouver"))

    asked = look(client, ask="as_was", day=today.isoformat())

    assert asked.context["then"].data_seq == lived[3]
    assert asked.context["at"] <= timezone.now()


@pytest.mark.parametrize("ask", ["as_was", "rerolled"])
def test_what_is_yet_to_come_is_refused_on_the_clock_of_the_study(client, lived, monkeypatch, ask):
    now = timezone.localtime(timezone=ZoneInfo("America/Vancouver"))
    now = now.replace(hour=22, minute=30, second=20) + dt.timedelta(days=3)  # in UTC a day later
    monkeypatch.setattr(timezone, "now", lambda: now.astimezone(dt.UTC))

    def refused(day, **query):
        answer = look(client, ask=ask, day=day.date().isoformat(), **query)
        assert answer.status_code == (422 if "This is yet to come." in answer.text else 200)
        return answer.status_code == 422

    assert refused(now + dt.timedelta(days=1))
    assert not refused(now)
    assert refused(now, time="22:31")
    assert not refused(now, time="22:30")


def test_before_the_first_revision_the_page_says_since_when_the_scheme_is_there(client, lived):
    Revision.objects.update(created_at=dt.datetime(2026, 3, 4, 7, 30, tzinfo=dt.UTC))

    for ask in ("as_was", "rerolled"):
        page = look(client, ask=ask, day="2026-03-03", time="23:29").text
        assert "was not there yet; it is there since March 3, 2026, 11:30 p.m." in page


# -- A study rebuilt from published figures ---------------------------------------------------


def test_percentages_are_as_published_only_under_the_first_tree(client, admin, scheme):
    Study.objects.update(reconstruction=True)
    code(admin, scheme, named("One"))

    def says_published():
        table = client.get(reverse("reports:table_show", args=["s", "x"])).text
        file = client.get(reverse("reports:table_csv", args=["s", "x"])).text
        pages = [table, file, look(client).text, look(client, revision=1).text]
        found = {"Percentages as published" in page for page in pages}
        assert found == {"The tree was changed since revision 1" not in page for page in pages}
        assert len(found) == 1
        return found.pop()

    assert says_published()
    describe_category(category=named("One"), by=admin, name="Uno")
    assert says_published()
    merged = merge_categories(categories=[named("Two")], into=named("Uno"), by=admin)
    assert not says_published()
    undo(revision=merged, by=admin)
    assert says_published()
    place_category(category=named("Two"), parent=named("Top"), by=admin)
    assert not says_published()


# -- One clock --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "more", "said"),
    [
        ("scheme_history", [], "March 3, 2026, 11:30 p.m."),
        ("category_history", ["One"], "March 3, 2026, 11:30 p.m."),
        ("scheme_lineage", [], "March 3, 2026"),
        ("category_lineage", ["One"], "March 3, 2026"),
    ],
)
def test_what_was_done_when_is_on_the_clock_of_the_study(client, coded, name, more, said):
    Revision.objects.update(created_at=dt.datetime(2026, 3, 4, 7, 30, tzinfo=dt.UTC))
    place = [named(category).uid for category in more]

    page = client.get(reverse(f"taxonomy:{name}", args=["s", "x", *place])).text

    assert (said in page, "March 4, 2026" in page) == (True, False)


def test_a_time_copied_from_the_history_finds_its_revision(client, coded):
    made = dt.datetime(2026, 3, 4, 7, 30, 45, tzinfo=dt.UTC)
    Revision.objects.filter(number=1).update(created_at=made)

    found = look(client, day="2026-03-03", time="23:30")

    assert found.context["then"].revision == 1


def test_about_organizations_who_may_not_see_names_reads_tables_of_today(client, admin, scheme):
    code(admin, scheme, named("One"))
    client.force_login(MemberFactory(study=admin.study, roles=[RoleName.ANALYST]).user)
    sentence = "two moments beside each other might tell of single people"

    by_organization, by_region = (
        look(client, revision=1, by=by) for by in ("organization", "region")
    )

    assert (by_organization.status_code, by_region.status_code) == (422, 200)
    assert (sentence in by_organization.text, sentence in by_region.text) == (True, False)
    assert "rows" not in by_organization.context
