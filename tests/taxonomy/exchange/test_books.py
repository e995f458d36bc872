"""A scheme as a file: what is written is read again, and what is bad is refused by name."""

import csv
import dataclasses
import io
import json
import uuid
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taxonomy.exchange import book as books
from taxonomy.exchange.book import Book, BookCategory, BookError, BookRound
from taxonomy.exchange.files import form_of, read_book, write_book
from taxonomy.exchange.matching import Act, plan_of, tree_after, uid_in
from taxonomy.exchange.qdc import NAMESPACE, read_qdc
from taxonomy.exchange.taking import book_of
from taxonomy.exchange_messages import book_sentence
from taxonomy.sheets.problems import SheetError
from taxonomy.tabulation.folding import CATEGORY, ROUND, faults

SCHEME = str(uuid.UUID(int=1))
NS = f"{{{NAMESPACE}}}"
WORDS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n"), max_size=40
).map(str.strip)


def uid(number):
    return str(uuid.UUID(int=1000 + number))


def a_round(position, name, **fields):
    return {
        "type": ROUND, "position": position, "name": name, "exists": True, "frozen": False,
        **fields,
    }  # fmt: skip


def category(round_uid, name, parent=None, **fields):
    texts = dict.fromkeys(books.TEXT_LIMITS, "")
    return {
        "type": CATEGORY, "round": round_uid, "parent": parent, "merged_into": None,
        "split_from": None, "position": 0, **texts, "name": name, "exists": True, "retired": False,
        **fields,
    }  # fmt: skip


@pytest.fixture
def tree():
    """Two rounds: two above; four below, one merged, one retired, one not batched."""
    return {
        uid(1): a_round(1, "Fine"),
        uid(2): a_round(2, "Coarse", frozen=True),
        uid(11): category(uid(2), "Care", position=0, definition="What one gives."),
        uid(12): category(uid(2), "Speed", position=1),
        uid(21): category(uid(1), "Calls back", uid(12), position=0, code="C1", label="Called"),
        uid(22): category(uid(1), "Writes back", uid(12), position=1, merged_into=uid(21)),
        uid(23): category(uid(1), "Waits", uid(11), position=2, retired=True, excludes="Queues"),
        uid(24): category(uid(1), "Alone", position=3, split_from=uid(23)),
    }


@pytest.fixture
def read(tmp_path):
    def read(content, form=""):
        path = tmp_path / "scheme"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_book(path, form)

    return read


def refused(read, content, code):
    with pytest.raises((BookError, SheetError)) as error:
        read(content)
    assert error.value.problem.code == code
    return error.value.problem


def made_of(book):
    """The tree that a new scheme gets."""
    plan = plan_of(book, {}, scheme=SCHEME)
    after = tree_after({}, plan)
    assert (plan.errors, list(faults({}, after))) == ([], [])
    return after


def in_order(tree):
    """Each row but its position, which only orders; in the order of rounds and positions."""
    rounds = {key: row["position"] for key, row in tree.items() if row["type"] == ROUND}
    rows = [
        (-rounds[row["round"]], row["position"], key, row)
        for key, row in tree.items()
        if row["type"] == CATEGORY
    ]
    without = [
        (key, {name: row[name] for name in row if name != "position"})
        for *_place, key, row in sorted(rows, key=lambda row: row[:2])
    ]
    return {key: row for key, row in tree.items() if row["type"] == ROUND}, without


# -- Out and in again -------------------------------------------------------------------------


def test_json_brings_back_everything(tree, read):
    again = made_of(read(write_book(book_of(tree, name="X", slug="x"), "json")))

    assert in_order(again) == in_order(tree)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_table_brings_back_all_but_what_fixes_rounds(tree, read, form):
    again = made_of(read(write_book(book_of(tree), form)))

    _rounds, rows = in_order(again)
    kept = [{**row, "round": again[row["round"]]["name"]} for _key, row in rows]
    had = [{**row, "round": tree[row["round"]]["name"]} for _key, row in in_order(tree)[1]]
    assert kept == had
    assert [key for key, _row in rows] == [key for key, _row in in_order(tree)[1]]


def test_a_codebook_brings_back_the_standing_tree_with_its_rounds_and_words(tree, read):
    again = made_of(read(write_book(book_of(tree, merged=False), "qdc")))

    standing = {key: row for key, row in tree.items() if not row.get("merged_into")}
    standing[uid(2)] = {**standing[uid(2)], "frozen": False}
    standing[uid(24)] = {**standing[uid(24)], "split_from": None}
    rounds, rows = in_order(again)
    assert (rounds, dict(rows)) == (in_order(standing)[0], dict(in_order(standing)[1]))


@st.composite
def trees(draw):
    """A tree of one to four rounds that breaks no rule, with merges, retired ones and any words."""
    depth = draw(st.integers(1, 4))
    tree, number = {}, 0
    for position in range(depth, 0, -1):
        tree[uid(position)] = a_round(position, f"Level {position}")
    above: list[str] = []
    for position in range(depth, 0, -1):
        here = []
        for place in range(draw(st.integers(1, 4))):
            number += 1
            key = uid(100 + number)
            merged = draw(st.sampled_from([None, *here[:1]]))
            tree[key] = category(
                uid(position),
                f"{draw(WORDS)} {number}".strip(),
                draw(st.sampled_from([None, *above])),
                position=place,
                merged_into=merged,
                retired=draw(st.booleans()),
                definition=draw(WORDS),
                includes=draw(WORDS),
                code=draw(st.text("AB=+-@'", max_size=4)),
            )
            if merged is None:
                here.append(key)
        above = here
    return tree


@settings(max_examples=60, deadline=None)
@given(trees(), st.sampled_from(["json", "csv", "xlsx"]))
def test_whatever_is_written_is_the_same_scheme_when_it_is_read(tmp_path_factory, tree, form):
    path = tmp_path_factory.mktemp("book") / "scheme"
    path.write_bytes(write_book(book_of(tree), form))

    plan = plan_of(read_book(path), tree, scheme=SCHEME)

    assert (plan.errors, plan.changes, plan.absent) == ([], [], [])


@settings(max_examples=60, deadline=None)
@given(trees())
def test_whatever_is_written_as_a_codebook_is_the_same_when_it_is_read(tree):
    book = read_qdc(write_book(book_of(tree, merged=False), "qdc"))

    plan = plan_of(book, tree, scheme=SCHEME)

    assert (plan.errors, plan.changes) == ([], [])
    assert plan.absent == []
    assert write_book(book_of(made_of(book), merged=False), "qdc") == write_book(
        book_of(tree, merged=False), "qdc"
    )


# -- What goes along --------------------------------------------------------------------------


def test_without_merged_and_retired_ones_what_stands_keeps_its_place(tree):
    tree[uid(25)] = category(uid(1), "Below", uid(11))
    tree[uid(11)] = {**tree[uid(11)], "merged_into": uid(12)}

    rows = {row.key: row for row in book_of(tree, merged=False, retired=False).categories}

    assert set(rows) == {uid(12), uid(21), uid(24), uid(25)}
    assert (rows[uid(25)].parent, rows[uid(24)].split_from) == (uid(12), None)


def test_a_retired_category_goes_along_where_something_stands_under_it(tree):
    tree[uid(12)] = {**tree[uid(12)], "retired": True}

    keys = {row.key for row in book_of(tree, retired=False).categories}

    assert (uid(12) in keys, uid(23) in keys) == (True, False)


def test_a_table_has_the_whole_path_and_no_formula(tree):
    tree[uid(24)] = {**tree[uid(24)], "name": "=1+1", "definition": "@SUM(A1)"}

    text = write_book(book_of(tree), "csv").decode("utf-8-sig")
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(text))}

    assert rows[uid(21)]["path"] == "Speed > Calls back"
    assert (rows[uid(24)]["name"], rows[uid(24)]["definition"]) == ("'=1+1", "'@SUM(A1)")
    assert not [cell for row in rows.values() for cell in row.values() if cell[:1] in tuple("=+-@")]


# -- The standard -----------------------------------------------------------------------------


def assert_valid(content):
    """Hold a codebook against what the standard prints of its schema."""
    assert content.startswith(b"<?xml")
    root = ET.fromstring(content)
    assert root.tag == f"{NS}CodeBook"
    assert [child.tag for child in root] in ([f"{NS}Codes"], [f"{NS}Codes", f"{NS}Sets"])
    for codes in root.iter(f"{NS}Codes"):
        assert len(codes), "no empty container"
    seen = set()
    for code in root.iter(f"{NS}Code"):
        assert set(code.attrib) == {"guid", "name", "isCodable"}
        assert code.get("isCodable") in {"true", "false"}
        assert str(uuid.UUID(code.get("guid"))) == code.get("guid")
        seen.add(code.get("guid"))
        tags = [child.tag for child in code]
        assert tags in ([f"{NS}Code"] * len(tags), [f"{NS}Description", *tags[1:]])
        assert set(tags[1:]) <= {f"{NS}Code"}
    for sets in root.iter(f"{NS}Sets"):
        assert len(sets), "no empty container"
    for group in root.iter(f"{NS}Set"):
        assert set(group.attrib) == {"guid", "name"}
        assert {member.get("guid") for member in group} <= seen


def test_a_codebook_is_valid_and_its_descriptions_come_before_what_is_below(tree):
    content = write_book(book_of(tree, merged=False), "qdc")

    assert_valid(content)
    root = ET.fromstring(content)
    care = root.find(f"{NS}Codes/{NS}Code[@name='Care']")
    assert [child.tag for child in care] == [f"{NS}Description", f"{NS}Code"]
    assert [group.get("name") for group in root.iter(f"{NS}Set")] == [
        "Round 2: Coarse",
        "Round 1: Fine",
    ]


@settings(max_examples=40, deadline=None)
@given(trees())
def test_every_codebook_is_valid(tree):
    assert_valid(write_book(book_of(tree, merged=False), "qdc"))


def test_ids_stay_when_names_change(tree):
    before = write_book(book_of(tree, merged=False), "qdc")
    tree[uid(21)] = {**tree[uid(21)], "name": "Rings back"}
    after = write_book(book_of(tree, merged=False), "qdc")

    def guids(content):
        return [code.get("guid") for code in ET.fromstring(content).iter(f"{NS}Code")]

    assert guids(before) == guids(after)
    assert b"Rings back" in after


def test_a_scheme_without_a_category_is_no_codebook(tree):
    rounds = {key: row for key, row in tree.items() if row["type"] == ROUND}

    with pytest.raises(BookError, match="nothing_to_write"):
        write_book(book_of(rounds), "qdc")


FOREIGN = """<CodeBook xmlns="{ns}" origin="Other"><Codes>
<Code guid="{{0A000000-0000-0000-0000-000000000001}}" name="Top" isCodable="false" color="#ff0000">
<Description>About it</Description><Extra a="1"><Deep/></Extra>
<Code guid="0a000000-0000-0000-0000-000000000002" name="Below" isCodable="1"/></Code>
<Code guid="0a000000-0000-0000-0000-000000000003" name="Beside" isCodable="true" weight="3"/>
</Codes><Sets><Set guid="0a000000-0000-0000-0000-000000000009" name="Mine">
<MemberCode guid="0A000000-0000-0000-0000-000000000003"/></Set></Sets></CodeBook>"""


@pytest.mark.parametrize("ns", ["urn:QDA-XML:codebook:1.0", "urn:QDA-XML:codebook:0:4", ""])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_codebooks_of_other_programs_are_read_whatever_their_namespace_and_mark(read, ns, mark):
    book = read(mark + FOREIGN.format(ns=ns).encode())

    found = [(row.texts["name"], row.round, row.parent is not None) for row in book.categories]
    assert found == [("Top", 2, False), ("Below", 1, True), ("Beside", 2, False)]
    assert book.categories[0].uid == "0a000000-0000-0000-0000-000000000001"
    assert book.categories[0].texts["definition"] == "About it"
    assert [(one.code, one.params.get("name")) for one in book.notices] == [
        ("unknown_element", "Extra"),
        ("unknown_element", "Code/@weight"),
        ("set_left_out", "Mine"),
        ("colours", None),
        ("not_codable", "Top"),
    ]


def test_a_codebook_in_utf_16_is_read(read):
    text = '<?xml version="1.0" encoding="utf-16"?>' + FOREIGN.format(ns=NAMESPACE)

    assert len(read(text.encode("utf-16")).categories) == 3


# -- Bad files --------------------------------------------------------------------------------


def codebook(*codes):
    return f'<CodeBook xmlns="{NAMESPACE}"><Codes>{"".join(codes)}</Codes></CodeBook>'


def code(number, name="One", inside=""):
    return f'<Code guid="{uid(number)}" name="{name}" isCodable="true">{inside}</Code>'


BOMB = (
    '<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "empty_file"),
        (BOMB + codebook(code(1, "&c;")), "doctype"),
        ("<!DOCTYPE CodeBook SYSTEM 'file:///etc/passwd'>" + codebook(code(1)), "doctype"),
        (codebook(code(1, "&outside;")), "not_xml"),
        (codebook(code(1), code(1)), "id_twice"),
        (codebook(code(1)).replace(uid(1), uid(1).upper() + "0"), "bad_id"),
        (codebook(code(1)).replace(uid(1), uid(1).replace("-", "")), "bad_id"),
        (codebook(code(1)).replace(f'guid="{uid(1)}"', ""), "bad_id"),
        (codebook(code(1, "")), "no_name"),
        (codebook(code(1))[:-5], "not_xml"),
        (codebook(), "no_categories"),
        (codebook(code(1, "x" * 4_900_000)), "text_too_long"),
        (codebook(code(1, "x" * 10_000_000)), "file_too_big"),
        (codebook(*(code(n) for n in range(50_000))), "too_many_categories"),
        (codebook(*(code(n) for n in range(100_000))), "file_too_big"),
        (codebook("</Code>"), "not_xml"),
        ("<Project xmlns='urn:QDA-XML:project:1.0'/>", "other_root"),
        (
            codebook(code(1)).replace(
                "</CodeBook>",
                f'<Sets><Set guid="{uid(7)}" name="S"><MemberCode guid="{uid(8)}"/></Set></Sets>'
                "</CodeBook>",
            ),
            "dangling",
        ),
    ],
)  # fmt: skip
def test_a_malformed_codebook_is_refused_by_name(read, content, problem):
    refused(read, content, problem)


def test_a_codebook_nested_too_deeply_is_refused(read):
    inside = ""
    for number in range(30):
        inside = code(number, "N", inside)

    refused(read, codebook(inside), "too_many_rounds")


def test_unknown_elements_nested_without_end_are_refused(read):
    refused(read, codebook("<x>" * 1_000_000), "too_many_rounds")


def test_a_description_without_end_is_refused_before_it_is_all_read(read):
    long = f"<Description>{'x' * 4_000_000}</Description>"

    refused(read, codebook(code(1, inside=long)), "text_too_long")


def as_json(**changes):
    whole = {
        "format": "candid-scheme",
        "version": 1,
        "scheme": {"name": "X"},
        "rounds": [{"id": uid(1), "position": 1, "name": "Fine"}],
        "categories": [{"id": uid(2), "round": 1, "name": "One"}],
    }
    return json.dumps({**whole, **changes})


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{", "not_json"),
        ('{"a":' * 100_000, "not_json"),
        ("{}", "other_json"),
        (as_json(version=2), "newer_json"),
        (as_json(rounds={}), "wrong_kind"),
        (as_json(categories=[1]), "wrong_kind"),
        (as_json(categories=[{"round": "1", "name": "One"}]), "wrong_kind"),
        (as_json(categories=[{"round": 1, "name": ["One"]}]), "wrong_kind"),
        (as_json(categories=[{"round": 1, "name": " "}]), "no_name"),
        (as_json(categories=[{"round": 1, "name": "\ud800"}]), "nul"),
        (as_json(categories=[{"round": 1, "name": "a\0"}]), "nul"),
        (as_json(categories=[{"round": 1, "name": "One", "id": "7"}]), "bad_id"),
        (as_json(categories=[{"round": 1, "name": "One", "parent": uid(9)}]), "dangling"),
        (as_json(categories=[{"round": 1, "name": "One", "id": uid(2)}] * 2), "id_twice"),
        (as_json(categories=[{"round": 1, "name": "N"}] * 2_000), "too_many_categories"),
        (as_json(rounds=[{"position": 3, "name": "Fine"}]), "round_positions"),
        (as_json(rounds=[{"position": 1, "name": ""}]), "no_round_name"),
        (as_json(scheme={"name": "X" * 121}), "text_too_long"),
        (as_json(scheme=[]), "wrong_kind"),
    ],
)
def test_malformed_json_is_refused_by_name(read, content, problem):
    refused(read, content, problem)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("a,b\n1,2\n", "no_name_column"),
        ("name,round\nOne,x\n", "bad_round"),
        ("name,round\nOne,1\nTwo,\n", "bad_round"),
        ("name,round\nOne,30\n", "too_many_rounds"),
        ("name,round,round_name\nOne,1,A\nTwo,1,B\n", "round_named_twice"),
        ("name,id\nOne,7\n", "bad_id"),
        ("name,retired\nOne,perhaps\n", "not_yes"),
        (f"name,merged_into\nOne,{uid(3)}\n", "dangling"),
        ("name,definition\n,Words\n", "no_name"),
        ("name\n", "header_only"),
        ("name\n" + "x" * 400 + "\n", "text_too_long"),
    ],
)
def test_a_malformed_table_is_refused_by_name(read, content, problem):
    refused(read, content, problem)


def test_a_round_column_that_is_empty_throughout_is_none(read):
    book = read("round,path\n,Care\n,Care > Waits\n")

    assert [(row.texts["name"], row.round) for row in book.categories] == [
        ("Care", 2),
        ("Waits", 1),
    ]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["", "qdc", "json", "csv"]))
def test_no_file_does_more_than_be_refused(tmp_path_factory, content, form):
    path = tmp_path_factory.mktemp("any") / "file"
    path.write_bytes(content)

    try:
        book = read_book(path, form)
    except (BookError, SheetError):
        return
    assert isinstance(book, Book)


@pytest.mark.parametrize(
    ("start", "form"),
    [("  {", "json"), ("\ufeff{", "json"), ("\n<?xml", "qdc"), ("name", "csv")],
)
def test_what_a_file_is_shows_by_how_it_begins(tmp_path, start, form):
    path = tmp_path / "file"
    path.write_text(start)

    assert form_of(path) == form


# -- Matching ---------------------------------------------------------------------------------


def acts(plan):
    return [(step.act, step.name) for step in plan.steps]


def test_a_row_is_found_by_id_then_by_path(tree, read):
    table = (
        "id,path,definition\n"
        f"{uid(21)},Speed > Rings back,New words\n"  # by id
        ",Care > Waits,By path\n"
        ",Care > Brand new,\n"
    )

    plan = plan_of(read(table), tree, scheme=SCHEME)

    assert plan.errors == []
    assert acts(plan) == [
        (Act.RENAMED, "Calls back"),
        (Act.DESCRIBED, "Calls back"),
        (Act.DESCRIBED, "Waits"),
        (Act.ADDED, "Brand new"),
    ]
    assert plan.absent == ["Care", "Speed", "Alone"]


def test_a_name_changed_in_its_cell_does_not_lose_the_rows_below(tree, read):
    text = write_book(book_of(tree), "csv").decode("utf-8-sig")
    changed = text.replace("Speed,Speed,", "Speed,Haste,")  # its name; paths still say Speed

    plan = plan_of(read(changed), tree, scheme=SCHEME)

    assert (acts(plan), plan.errors) == ([(Act.RENAMED, "Speed")], [])
    assert [one.code for one in plan.notices] == ["path_differs"]


def test_what_the_file_does_not_speak_of_stays(tree, read):
    plan = plan_of(read("name,path\nCalls back,Speed > Calls back\n"), tree, scheme=SCHEME)

    assert (plan.changes, plan.untouched) == ([], 1)


def without_columns(book, *names):
    """The book as a table without some of its columns, as one makes it in a spreadsheet."""
    lines = list(csv.reader(io.StringIO(write_book(book, "csv").decode("utf-8-sig"))))
    kept = [at for at, name in enumerate(lines[0]) if name not in names]
    text = io.StringIO()
    csv.writer(text).writerows([line[at] for at in kept] for line in lines)
    return text.getvalue()


def without_parents(book):
    whole = json.loads(write_book(book, "json"))
    for row in whole["categories"]:
        del row["parent"]
    return json.dumps(whole)


@pytest.mark.parametrize(
    "written",
    [
        lambda book: without_columns(book, "path"),
        lambda book: without_columns(book, "path", "round", "round_name"),
        without_parents,
    ],
    ids=["no path", "neither round nor path", "JSON without parent"],
)
def test_a_file_that_does_not_say_where_leaves_everything_in_its_place(tree, read, written):
    plan = plan_of(read(written(book_of(tree))), tree, scheme=SCHEME)

    assert (plan.errors, plan.changes, plan.absent) == ([], [], [])
    assert plan.untouched == 6


def test_an_empty_path_leaves_a_category_in_its_place(tree, read):
    table = f"id,name,path\n{uid(21)},Rings back,\n{uid(12)},Speed,Speed\n"

    plan = plan_of(read(table), tree, scheme=SCHEME)

    assert (acts(plan), plan.errors) == ([(Act.RENAMED, "Calls back")], [])


def test_bare_names_are_those_of_the_finest_round(tree, read):
    plan = plan_of(read("name,definition\nWaits,In line.\nBrand new,\n"), tree, scheme=SCHEME)

    assert (acts(plan), plan.errors) == ([(Act.DESCRIBED, "Waits"), (Act.ADDED, "Brand new")], [])
    described, added = plan.changes
    assert described.uid == uid(23)
    assert (added.after["round"], added.after["parent"]) == (uid(1), None)


def test_a_name_without_a_path_is_looked_for_in_its_round(tree, read):
    tree[uid(25)] = category(uid(1), "Speed", uid(12))

    plan = plan_of(read("round,name,code\n2,Speed,S\n1,Waits,W\n"), tree, scheme=SCHEME)

    assert [change.uid for change in plan.changes] == [uid(12), uid(23)]


@pytest.mark.parametrize(
    ("table", "code", "line"),
    [("name\nAlone\nWaits\n", "name_in_places", 3), ("name\nAlone\nAlone\n", "same_category", 3)],
)
def test_a_bare_name_that_could_be_another_is_refused(tree, read, table, code, line):
    tree[uid(25)] = category(uid(1), "Waits", uid(12))

    plan = plan_of(read(table), tree, scheme=SCHEME)

    assert [(one.code, one.line) for one in plan.errors] == [(code, line)]
    assert book_sentence(plan.errors[0]).startswith("Line 3: ")


def test_an_empty_cell_empties_the_words(tree, read):
    plan = plan_of(read(f"id,path,code\n{uid(21)},Speed > Calls back,\n"), tree, scheme=SCHEME)

    assert [(step.field, step.before, step.after) for step in plan.steps] == [("code", "C1", "")]


def test_another_path_is_another_place(tree, read):
    table = f"id,round,path\n{uid(21)},1,Care > Calls back\n{uid(23)},1,Waits\n"

    plan = plan_of(read(table), tree, scheme=SCHEME)

    placed = [(step.act, step.name, step.before, step.after) for step in plan.steps]
    assert placed == [
        (Act.PLACED, "Calls back", "Speed", "Care"),
        (Act.PLACED, "Waits", "Care", ""),
    ]


def test_a_path_that_nobody_knows_is_said_with_its_line(tree, read):
    plan = plan_of(read("round,path\n1,Nowhere > Lost\n"), tree, scheme=SCHEME)

    assert [(one.code, one.line) for one in plan.errors] == [("no_such_path", 2)]


def test_a_category_keeps_its_round(tree, read):
    table = f"id,round,name\n{uid(21)},2,Calls back\n"

    plan = plan_of(read(table), tree, scheme=SCHEME)

    assert [one.code for one in plan.errors] == ["in_other_round"]


def test_two_rows_are_not_one_category(tree, read):
    table = f"id,path\n{uid(21)},Care > Rings\n,Speed > Calls back\n"

    plan = plan_of(read(table), tree, scheme=SCHEME)

    assert [(step.act, step.name) for step in plan.steps] == [
        (Act.RENAMED, "Calls back"),
        (Act.PLACED, "Calls back"),
        (Act.ADDED, "Calls back"),
    ]  # the second is a new one: the first has taken its id


def test_a_copy_gets_ids_of_its_own_and_is_found_again_by_the_first_ones(tree):
    taken = frozenset(tree)
    book = book_of(tree)
    copy = tree_after({}, plan_of(book, {}, scheme=SCHEME, taken=taken))

    assert set(copy) == {uid_in(SCHEME, key) for key in tree}
    renamed = [
        dataclasses.replace(row, texts={**row.texts, "name": row.texts["name"] + "!"})
        for row in book.categories
    ]
    later = dataclasses.replace(book, categories=tuple(renamed))
    plan = plan_of(later, copy, scheme=SCHEME, taken=taken)
    assert {step.act for step in plan.steps} == {Act.RENAMED}
    assert plan.absent == []


def test_what_was_added_and_taken_back_comes_again_with_its_id(tree):
    book = book_of(tree)
    gone = {**tree, uid(24): {**tree[uid(24)], "exists": False}}

    plan = plan_of(book, gone, scheme=SCHEME)

    assert [(change.uid, change.before) for change in plan.changes] == [
        (uid(24), {"exists": False})
    ]


def test_a_new_round_comes_with_a_file_that_has_all_the_others(tree):
    book = book_of(tree)
    above = BookRound(3, "Top", uid(3))
    wider = dataclasses.replace(book, rounds=(above, *book.rounds))

    plan = plan_of(wider, tree, scheme=SCHEME)

    assert acts(plan) == [(Act.NEW_ROUND, "Top")]
    assert list(faults(tree, tree_after(tree, plan))) == []


def test_rounds_that_do_not_fit_are_refused(tree):
    swapped = Book("json", (BookRound(1, "Coarse"), BookRound(2, "Fine")), ())
    other = Book("json", (BookRound(1, "Fine"), BookRound(2, "Else")), ())
    deep = Book("qdc", tuple(BookRound(at, "") for at in (3, 2, 1)), (), by_depth=True)

    codes = [plan_of(book, tree, scheme=SCHEME).errors[0].code for book in (swapped, other, deep)]

    assert codes == ["rounds_in_other_order", "other_rounds", "too_deep"]


def test_merging_and_retiring_follow_a_file_that_speaks_of_them(tree):
    book = book_of(tree)
    changes = {
        uid(22): {"merged_into": None},
        uid(23): {"retired": False},
        uid(24): {"retired": True},
    }
    rows = [dataclasses.replace(row, **changes.get(row.key, {})) for row in book.categories]

    plan = plan_of(dataclasses.replace(book, categories=tuple(rows)), tree, scheme=SCHEME)

    assert acts(plan) == [
        (Act.UNMERGED, "Writes back"),
        (Act.RESTORED, "Waits"),
        (Act.RETIRED, "Alone"),
    ]


def test_a_row_in_a_round_that_the_file_lacks_is_refused(tree):
    row = BookCategory("a", 7, None, {"name": "Odd"}, line=4)

    plan = plan_of(Book("json", (BookRound(1, "Fine"),), (row,)), tree, scheme=SCHEME)

    assert [(one.code, one.line) for one in plan.errors] == [("no_such_round", 4)]


def test_a_name_that_an_id_claims_is_not_looked_for(tree, read):
    plan = plan_of(read(f"id,name\n{uid(24)},Lone\n,Alone\n"), tree, scheme=SCHEME)

    assert (acts(plan), plan.errors) == ([(Act.RENAMED, "Alone"), (Act.ADDED, "Alone")], [])


def test_line_breaks_of_another_kind_describe_nothing_anew(tree, read):
    tree[uid(11)]["definition"] = "One\ntwo"
    rows = [{"id": uid(n), "round": at, "name": name, "definition": "One\r\ntwo"}
            for n, at, name in ((11, 2, "Care"), (24, 1, "Alone"))]  # fmt: skip

    plan = plan_of(read(as_json(categories=rows)), tree, scheme=SCHEME)

    assert [change.after for change in plan.changes] == [{"definition": "One\ntwo"}]
