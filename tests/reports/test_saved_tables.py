"""Questions kept under names: one's own and shared ones, in an order, deleted and back."""

import re

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from incidents.choices import RoleName
from incidents.models import Change
from reports.actions.tables import (
    change_table,
    delete_table,
    duplicate_table,
    keep_table,
    move_table,
    restore_table,
)
from reports.models import Run, Table
from reports.queries.kept_questions import to_keep
from tests.factories import MemberFactory
from tests.racing import at_once
from tests.reports.told import blind, make_world, tell
from tests.taxonomy.factories import CategoryFactory, SchemeFactory


def page_of(world, name, table=None):
    keys = [world.study.slug] + ([table.uid] if table else [])
    return reverse(f"reports:{name}", args=keys)


def post(client, world, page, table, **data):
    return client.post(page_of(world, page, table), data)


def keep(client, world, name, query, **data):
    url = reverse("reports:table_keep", args=[world.study.slug, world.scheme.slug])
    return client.post(url, {"name": name, "query": query, **data})


def kept(world, name, query="by=valence", by=None):
    query = to_keep(query, world.scheme)
    return keep_table(scheme=world.scheme, name=name, query=query, by=by or world.analyst)


def listed(client, world):
    """Return the names of the saved tables, in the order in which the page lists them."""
    page = client.get(page_of(world, "dashboard")).text
    return re.findall(r'<tr id="table-[^>]*>\s*<th[^>]*><a[^>]*>([^<]*)</a>', page)


def verbs():
    return list(Change.objects.order_by("pk").values_list("verb", flat=True))


def test_a_question_is_kept_under_a_name_and_opened_again(client, world):
    client.force_login(world.analyst.user)

    answer = keep(client, world, "By valence", "round=1&by=valence&after=x&no=1")

    table = Table.objects.get()
    assert (table.owner, table.name, table.scheme) == (world.analyst, "By valence", world.scheme)
    assert answer.url.endswith(f"table/?round=1&by=valence&table={table.uid}")
    assert listed(client, world) == ["By valence"]
    assert client.get(page_of(world, "table_open", table)).url == answer.url
    assert verbs()[-1] == "keep_table"


def test_a_saved_table_says_its_name_while_its_own_question_is_asked(client, world):
    tell(world, "told", category=world.warm)
    table = kept(world, "Good & poor", query="round=1&by=valence", by=world.admin)
    change_table(table=table, name=table.name, shared=True, by=world.admin, row_version=0)
    client.force_login(world.analyst.user)
    opened = client.get(page_of(world, "table_open", table)).url

    named = client.get(opened).text
    other = client.get(opened.replace("by=valence", "by=viewpoint")).text
    counted = client.get(f"{opened}&counts=on").text

    assert "<title>Good &amp; poor" in named
    assert f"?table={table.uid}" in named
    assert "Keep under another name" in counted
    assert f'name="table" value="{table.uid}"' in named
    assert f"%26table%3D{table.uid}" in named  # where the words behind a cell lead back to
    assert "Good &amp; poor" not in other
    assert "All runs" in other


def test_the_address_of_fresh_figures_says_once_what_a_saved_table_asks(client, world):
    tell(world, "told", category=world.warm)
    table = kept(world, "Good and poor", query="round=1&by=valence")
    client.force_login(world.analyst.user)

    fresh = client.get(page_of(world, "table_open", table), follow=True).context["fresh_url"]
    figures = client.get(fresh.replace("seen=", "seen=x"), headers={"HX-Request": "true"}).text

    assert f"&table={table.uid}&" in fresh
    assert "back=" not in fresh
    assert f"%26table%3D{table.uid}" in figures


def test_what_is_shown_of_a_saved_table_keeps_its_address(client, world):
    table = kept(world, "Good and poor", query="round=1&by=valence")
    client.force_login(world.analyst.user)
    url = reverse("reports:table_show", args=[world.study.slug, world.scheme.slug])
    asked = {"round": "1", "by": "valence", "counts": "on", "table": str(table.uid)}

    counted = client.get(url, asked, headers={"HX-Request": "true"})
    other = client.get(url, {**asked, "by": "region"}, headers={"HX-Request": "true"})

    assert counted["HX-Push-Url"].endswith(f"&table={table.uid}")
    assert "table=" not in other["HX-Push-Url"]


@pytest.mark.parametrize("uid", ["x", "\0", "00000000-0000-0000-0000-000000000000"])
def test_a_table_that_there_is_not_gives_no_name(client, world, uid):
    client.force_login(world.analyst.user)
    url = reverse("reports:table_show", args=[world.study.slug, world.scheme.slug])

    page = client.get(url, {"table": uid})

    assert (page.status_code, page.context["saved_table"]) == (200, None)


def test_nobody_reads_the_name_of_a_table_that_is_another_s(client, world):
    table = kept(world, "Of the admin alone", by=world.admin)
    client.force_login(world.analyst.user)
    url = reverse("reports:table_show", args=[world.study.slug, world.scheme.slug])

    assert "Of the admin alone" not in client.get(f"{url}?{table.query}&table={table.uid}").text


def test_a_run_is_of_the_table_that_was_open_where_several_ask_the_same(client, world):
    kept(world, "First", query="round=1&by=valence")
    second = kept(world, "Second", query="round=1&by=valence")
    client.force_login(world.analyst.user)
    ask = reverse("reports:run_ask", args=[world.study.slug, world.scheme.slug])

    answer = client.post(ask, {"query": f"round=1&by=valence&table={second.uid}"})

    assert Run.objects.get().table == second
    assert "Second" in client.get(answer.url).text
    assert "its runs" in client.get(answer.url).text


def test_a_run_is_of_the_saved_table_that_asks_the_same_however_it_is_shown(client, world):
    table = kept(world, "With counts", query="round=1&by=valence&counts=on")
    client.force_login(world.analyst.user)
    ask = reverse("reports:run_ask", args=[world.study.slug, world.scheme.slug])

    client.post(ask, {"query": "by=valence&round=1"})

    assert Run.objects.get().table == table


def test_the_page_of_a_table_keeps_what_it_asks_without_scripts(client, world):
    client.force_login(world.analyst.user)
    url = reverse("reports:table_show", args=[world.study.slug, world.scheme.slug])

    page = client.get(url, {"by": "viewpoint"}).text

    assert f'action="{url}keep/"' in page
    assert 'name="query" value="by=viewpoint"' in page


def test_a_name_taken_is_said_and_what_was_typed_stays(client, world):
    client.force_login(world.analyst.user)
    mine = kept(world, "Mine")

    answer = keep(client, world, "Mine", "by=sector")

    assert answer.status_code == 422
    assert "You have another table of that name." in answer.text
    assert 'value="Mine"' in answer.text
    assert 'value="by=sector"' in answer.text
    again = keep(client, world, "Mine", "by=sector", replace="on")
    mine.refresh_from_db()
    assert (again.status_code, mine.query, Table.objects.count()) == (302, "by=sector", 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Table.objects.create(scheme=world.scheme, owner=world.analyst, name="Mine")


def test_what_cannot_be_asked_is_not_kept(client, world):
    client.force_login(world.analyst.user)

    answer = keep(client, world, "Odd", "region=nowhere")

    assert answer.status_code == 422
    assert "cannot be asked" in answer.text
    assert not Table.objects.exists()


def test_a_table_is_ones_own_until_it_is_shared(client, world):
    other = MemberFactory(study=world.study, roles=[RoleName.ANALYST])
    mine, secret = kept(world, "Mine"), kept(world, "Secret")
    client.force_login(world.analyst.user)

    post(client, world, "table_edit", mine, name="For all", shared="on", row_version=0)

    assert listed(client, world) == ["For all", "Secret"]
    client.force_login(other.user)
    assert listed(client, world) == ["For all"]
    assert client.get(page_of(world, "table_open", mine)).status_code == 302
    assert client.get(page_of(world, "table_edit", mine)).status_code == 404
    assert client.get(page_of(world, "table_open", secret)).status_code == 404
    post(client, world, "table_duplicate", mine)
    assert listed(client, world) == ["For all", "For all"]
    assert Table.objects.filter(owner=other, query=mine.query, shared=False).count() == 1


def test_a_copy_of_ones_own_gets_a_number_and_a_name_that_fits(world):
    table = kept(world, "n" * 120)

    names = [duplicate_table(table=table, by=world.analyst).name for _time in range(2)]

    assert names == ["n" * 116 + " (2)", "n" * 116 + " (3)"]


def test_tables_are_put_in_an_order_that_stays(client, world):
    tables = {name: kept(world, name) for name in "ABC"}
    client.force_login(world.analyst.user)

    answer = post(client, world, "table_move", tables["C"], way="up", row_version=0)

    assert answer.url.endswith(f"#table-{tables['C'].uid}")
    assert listed(client, world) == ["A", "C", "B"]
    post(client, world, "table_move", tables["A"], way="up", row_version=0)
    assert listed(client, world) == ["A", "C", "B"]
    stale = post(client, world, "table_move", tables["C"], way="up", row_version=0)
    assert "Somebody changed this table" in client.get(stale.url).text
    assert listed(client, world) == ["A", "C", "B"]


def test_a_deleted_table_comes_back_to_its_place_and_its_name_is_free_meanwhile(client, world):
    tables = [kept(world, name) for name in "ABC"]
    client.force_login(world.analyst.user)

    page = client.post(page_of(world, "table_delete", tables[1]), follow=True).text

    assert f'action="{page_of(world, "table_restore", tables[1])}"' in page
    assert listed(client, world) == ["A", "C"]
    assert client.get(page_of(world, "table_open", tables[1])).status_code == 404
    post(client, world, "table_restore", tables[1])
    assert listed(client, world) == ["A", "B", "C"]
    assert verbs()[-2:] == ["delete_table", "restore_table"]
    delete_table(table=tables[1], by=world.analyst)
    kept(world, "B")
    refused = post(client, world, "table_restore", tables[1])
    assert "You have another table of that name." in client.get(refused.url).text
    assert listed(client, world) == ["A", "C", "B"]


def test_a_table_that_has_lost_what_it_asks_for_says_what(client, world):
    client.force_login(world.analyst.user)
    keep(client, world, "Warm", f"round=1&by=valence&category={world.warm.uid}")
    table = Table.objects.get()
    assert client.get(page_of(world, "table_open", table)).status_code == 302

    world.warm.exists = False
    world.warm.save()

    answer = client.get(page_of(world, "table_open", table))
    assert answer.status_code == 422
    assert "<strong>Category</strong>" in answer.text
    assert "table/?round=1&amp;by=valence&amp;filters=open" in answer.text


def test_a_table_keeps_its_round_where_positions_move_and_says_so_where_it_went(client, world):
    client.force_login(world.analyst.user)
    keep(client, world, "Fine", "round=1&by=valence")
    table = Table.objects.get()
    world.coarse.position = 3
    world.coarse.save()
    world.fine.position = 2
    world.fine.save()

    opened = client.get(page_of(world, "table_open", table)).url
    assert opened.endswith(f"?round=2&by=valence&table={table.uid}")
    assert "<title>Fine" in client.get(opened).text
    world.fine.exists = False
    world.fine.save()
    assert "<strong>Round</strong>" in client.get(page_of(world, "table_open", table)).text


def test_who_is_blind_in_a_scheme_reads_no_name_of_its_tables(client, world):
    table = kept(world, "Warm leads in Asia", by=world.admin)
    change_table(table=table, name=table.name, shared=True, by=world.admin, row_version=0)
    blind(world, world.analyst)
    client.force_login(world.analyst.user)

    page = client.get(page_of(world, "dashboard")).text

    assert "Warm leads" not in page
    assert client.get(page_of(world, "table_open", table)).status_code == 404
    client.force_login(world.admin.user)
    assert "Warm leads" in client.get(page_of(world, "dashboard")).text


@pytest.mark.parametrize("number", [1, 30])
def test_the_page_of_tables_takes_as_many_queries_for_any_number(
    client, world, number, django_assert_num_queries
):
    for name in range(number):
        of_other = MemberFactory(study=world.study, roles=[RoleName.ANALYST])
        Table.objects.create(
            scheme=SchemeFactory(study=world.study) if name < 3 else world.scheme,
            owner=of_other,
            name=f"Table {name}",
            shared=True,
            position=name,
        )
    CategoryFactory(round=world.fine)
    client.force_login(world.analyst.user)

    with django_assert_num_queries(9):
        page = client.get(page_of(world, "dashboard")).text

    assert page.count('<tr id="table-') == number


def test_a_long_list_of_tables_has_pages(client, world):
    Table.objects.bulk_create(
        Table(scheme=world.scheme, owner=world.analyst, name=f"T {at}", position=at)
        for at in range(60)
    )
    client.force_login(world.analyst.user)
    page = client.get(page_of(world, "dashboard")).text

    [onward] = re.findall(r'href="(\?after=[^"]*)" rel="next"', page)
    further = client.get(page_of(world, "dashboard") + onward).text

    assert (page.count('<tr id="table-'), further.count('<tr id="table-')) == (50, 10)
    assert ">T 50<" in further


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_who_rename_a_table_at_once_one_is_told():
    world = make_world()
    table = kept(world, "Old")

    def rename(name):
        return lambda: (
            change_table(
                table=Table.objects.select_related("owner").get(pk=table.pk),
                name=name,
                shared=True,
                by=world.analyst,
                row_version=0,
            ).name
        )

    outcomes = at_once(rename("One"), rename("Two"))

    table.refresh_from_db()
    assert sorted(type(one).__name__ for one in outcomes) == ["StaleError", "str"]
    assert table.name in outcomes
    assert table.row_version == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_who_move_neighbours_at_once_every_table_keeps_a_place_of_its_own():
    world = make_world()
    tables = [kept(world, name) for name in "ABC"]

    def move(table, *, up):
        fresh = Table.objects.get(pk=table.pk)
        return lambda: move_table(table=fresh, up=up, by=world.analyst, row_version=0)

    outcomes = at_once(move(tables[0], up=False), move(tables[1], up=False))

    places = list(Table.objects.values_list("position", flat=True))
    assert len(set(places)) == 3
    assert sum(one is None for one in outcomes) >= 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_who_keep_the_same_name_at_once_one_is_told():
    world = make_world()

    outcomes = at_once(*[lambda: kept(world, "Same").name] * 2)

    assert sorted(str(one) for one in outcomes) == ["Same", "You have another table of that name."]
    assert Table.objects.count() == 1


def test_bringing_back_what_is_there_changes_nothing(world):
    table = kept(world, "There")

    restore_table(table=table, by=world.analyst)

    assert "restore_table" not in verbs()
