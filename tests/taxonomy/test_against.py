"""One scheme against another, held against a count moment by moment on random studies."""

import csv
import io
import random
from collections import Counter

import pytest
from django.db import transaction
from django.urls import reverse

from incidents.actions.numbering import change_facts
from incidents.choices import RoleName
from incidents.models import Change, Moment
from taxonomy.actions.editing import start_scheme
from taxonomy.choices import AssignmentState, BatchKind, Residual
from taxonomy.models import Assignment, Batch, Category
from taxonomy.queries.against import pairs_of
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.against import cross, crosswalk
from tests.factories import MemberFactory, StudyFactory
from tests.taxonomy import random_study
from tests.taxonomy.brute_force import lines_of
from tests.taxonomy.factories import SchemeFactory
from tests.taxonomy.random_study import make_random_study

pytestmark = pytest.mark.django_db


def two_schemes(seed):
    """A random study whose moments are coded in two schemes, each with its own disputes."""
    here = make_random_study(seed)
    rng = random.Random(seed + 1)
    there = start_scheme(
        study=here.study, slug="other", name="Other", by=None, **random_study._tree(rng)
    )
    moments = list(Moment.objects.filter(incident__study=here.study).order_by("pk"))
    coders = [MemberFactory(study=here.study, user=None) for _ in range(3)]
    random_study._code(there, rng.sample(moments, len(moments) * 2 // 3), coders, rng)
    random_study._merge(there, rng)
    with transaction.atomic():
        change_facts(here.study)
    return here, there


def key_of(line):
    return line.pk if isinstance(line, Category) else Residual(line)


def counted_by_hand(here, there, position, other):
    own = {moment.pk: key_of(line) for moment, line in lines_of(here, position)}
    others = {moment.pk: key_of(line) for moment, line in lines_of(there, other)}
    assert own.keys() == others.keys()
    return Counter((own[key], others[key]) for key in own)


def crossed(here, there, position, other):
    return cross(pairs_of(here, there), tree_of(here), position, tree_of(there), other)


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(4))
def test_every_cell_is_what_counting_by_hand_finds(seed):
    here, there = two_schemes(seed)

    for position, other in ((1, 1), (1, 3), (3, 2), (2, 1)):
        against = crossed(here, there, position, other)
        by_hand = counted_by_hand(here, there, position, other)

        assert dict(against.counts) == dict(by_hand)
        in_both = [n for places, n in by_hand.items() if not _residual(places)]
        assert against.base == sum(in_both)
        accepted = Moment.objects.filter(
            incident__study=here.study, incident__state="accepted"
        ).count()
        assert against.total == accepted
        assert against.base + against_rest(against) == accepted


def _residual(places):
    return any(isinstance(place, Residual) for place in places)


def against_rest(against):
    """The moments outside the base, line by line as the page shows them."""
    only_here = sum(against.count(row.key, line) for row in against.rows for line in against.beside)
    below = sum(sum(against.only_there(line).values()) for line in against.below)
    return only_here + below


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(3))
def test_turned_around_the_table_is_the_same(seed):
    here, there = two_schemes(seed)

    one, other = crossed(here, there, 2, 3), crossed(there, here, 3, 2)

    assert {(column, row): n for (row, column), n in one.counts.items()} == dict(other.counts)
    assert (one.row_base, one.column_base) == (other.column_base, other.row_base)


@pytest.mark.parametrize("seed", range(3))
def test_a_crosswalk_begins_with_what_most_is_shared_with_and_adds_up(seed):
    here, there = two_schemes(seed)
    against = crossed(here, there, 1, 1)

    walk = crosswalk(against)

    assert [node for node, _links in walk] == against.rows
    for node, links in walk:
        assert [link.shared for link in links] == sorted(
            (link.shared for link in links), reverse=True
        )
        assert sum(link.shared for link in links) == against.row_base.get(node.key, 0)
        for link in links:
            assert link.shared == against.count(node.key, link.node.key)
            assert link.either == sum(
                n
                for (row, column), n in against.counts.items()
                if not isinstance(row, Residual)
                and not isinstance(column, Residual)
                and (row == node.key or column == link.node.key)
            )


def test_one_statement_counts_both_schemes(django_assert_num_queries):
    here, there = two_schemes(1)

    with django_assert_num_queries(1):
        pairs_of(here, there)


# -- The page ---------------------------------------------------------------------------------


@pytest.fixture
def both():
    return two_schemes(2)


def url(here, there, name="scheme_against"):
    return reverse(f"taxonomy:{name}", args=[here.study.slug, here.slug, there.slug])


def signed_in(client, study, *roles):
    member = MemberFactory(study=study, roles=roles)
    client.force_login(member.user)
    return member


@pytest.mark.parametrize("share", ["row", "column", "none", ""])
def test_the_page_shows_the_counts_of_both(client, both, share):
    here, there = both
    signed_in(client, here.study, RoleName.ANALYST)

    page = client.get(url(here, there), {"round": 1, "other_round": 2, "share": share})

    against = page.context["against"]
    assert dict(against.counts) == dict(counted_by_hand(here, there, 1, 2))
    parts = [page.context[name] for name in ("only_here", "only_there", "neither")]
    assert against.base + sum(parts) == against.total
    assert sum(page.context["beside_base"]) == parts[0]
    shown = [cell["shown"] for row in page.context["rows"] for cell in row["cells"]]
    counts = [cell["count"] for row in page.context["rows"] for cell in row["cells"]]
    assert sum(counts) == against.base
    if share == "none":
        assert shown == [str(count) for count in counts]


def test_who_reads_no_words_gets_no_links_and_no_file(client, both):
    here, there = both
    signed_in(client, here.study, RoleName.CODER)

    page = client.get(url(here, there))

    assert page.context["against"].base
    assert not [cell for row in page.context["rows"] for cell in row["cells"] if cell["url"]]
    assert "crosswalk.csv" not in page.text
    assert client.get(url(here, there, "scheme_against_csv")).status_code == 403


@pytest.mark.parametrize("blind_in", [0, 1])
def test_who_codes_blind_in_either_scheme_sees_no_figure(client, both, blind_in):
    here, there = both
    member = signed_in(client, here.study, RoleName.ANALYST, RoleName.CODER)
    batch = Batch.objects.create(scheme=both[blind_in], name="Plan", kind=BatchKind.PLAN)
    moment = Moment.objects.filter(incident__state="accepted", incident__study=here.study).first()
    Assignment.objects.create(
        batch=batch, moment=moment, coder=member, state=AssignmentState.OPEN, sole=False
    )

    page = client.get(url(here, there))

    assert (page.status_code, page.context["blind"], "against" in page.context) == (
        200,
        True,
        False,
    )
    assert client.get(url(here, there, "scheme_against_csv")).status_code == 404


def test_the_file_has_every_pair_and_is_in_the_change_log(client, both):
    here, there = both
    analyst = signed_in(client, here.study, RoleName.ANALYST)
    asked = {"round": 1, "other_round": 1}

    response = client.get(url(here, there, "scheme_against_csv"), asked)

    lines = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    against = crossed(here, there, 1, 1)
    assert sum(int(line[2]) for line in lines[1:]) == against.base
    assert all(float(line[5]) == round(int(line[2]) / int(line[3]), 4) for line in lines[1:])
    change = Change.objects.get(verb="export_crosswalk")
    assert (change.member, change.details["rounds"]) == (analyst, [1, 1])


def test_the_other_scheme_is_one_click_away(client, both):
    here, there = both
    signed_in(client, here.study, RoleName.ANALYST)

    any_other = reverse("taxonomy:scheme_against_any", args=[here.study.slug, here.slug])

    assert client.get(any_other).url == url(here, there)


def test_a_single_scheme_has_nothing_to_stand_against(client):
    scheme = SchemeFactory(categories=["one"])
    signed_in(client, scheme.study, RoleName.ADMIN)

    page = client.get(reverse("taxonomy:scheme_against_any", args=[scheme.study.slug, scheme.slug]))

    assert (page.status_code, page.context["alone"]) == (200, True)
    assert client.get(url(scheme, scheme)).status_code == 404


def test_a_scheme_without_rounds_and_a_round_that_is_not_there_are_said(client, both):
    here, there = both
    signed_in(client, here.study, RoleName.ADMIN)
    bare = start_scheme(study=here.study, slug="bare", name="Bare", by=None)

    assert client.get(url(here, bare)).context["empty"] is True
    assert client.get(url(here, there), {"round": 9}).status_code == 422


def test_the_scheme_of_another_study_is_not_found(client, both):
    here, _there = both
    signed_in(client, here.study, RoleName.ADMIN)
    elsewhere = SchemeFactory(study=StudyFactory(), slug="elsewhere")

    assert client.get(url(here, elsewhere)).status_code == 404


@pytest.mark.parametrize("schemes", [1, 4])
def test_the_page_takes_twelve_queries_whatever_else_there_is(
    client, both, schemes, django_assert_num_queries
):
    here, there = both
    signed_in(client, here.study, RoleName.ANALYST)
    for _ in range(schemes):
        SchemeFactory(study=here.study, categories=["one", "two"])
    client.get(url(here, there))

    with django_assert_num_queries(12):
        client.get(url(here, there))


# -- What was told behind a cell --------------------------------------------------------------


def test_a_cell_leads_to_the_moments_that_it_counts(client, both):
    here, there = both
    signed_in(client, here.study, RoleName.ANALYST)
    page = client.get(url(here, there), {"round": 1, "other_round": 1})
    cells = [cell for row in page.context["rows"] for cell in row["cells"] if cell["url"]]

    behind = [client.get(cell["url"]).context["count"] for cell in cells]

    assert cells
    assert behind == [str(cell["count"]) for cell in cells]
    row = next(row for row in page.context["rows"] if row["base"])
    behind_row = client.get(row["url"])
    assert behind_row.context["count"] == str(row["base"] + sum(row["beside"]))
    assert behind_row.context["back_url"] == page.wsgi_request.get_full_path()
    assert behind_row.context["back_label"] == "Back to both schemes"


@pytest.mark.parametrize("who", ["blind", "stranger"])
def test_words_behind_a_scheme_that_is_closed_or_of_another_study_are_not_shown(client, both, who):
    here, there = both
    member = signed_in(client, here.study, RoleName.ANALYST, RoleName.CODER)
    if who == "blind":
        batch = Batch.objects.create(scheme=there, name="Plan", kind=BatchKind.PLAN)
        moment = Moment.objects.filter(incident__study=here.study).first()
        Assignment.objects.create(
            batch=batch, moment=moment, coder=member, state=AssignmentState.OPEN, sole=False
        )
        also = there.categories.first()
    else:
        also = SchemeFactory(study=StudyFactory(), categories=["one"]).categories.first()
    address = reverse("reports:verbatim_list", args=[here.study.slug, here.slug])

    assert client.get(address).status_code == 200
    assert client.get(address, {"also": str(also.uid)}).status_code == 404
