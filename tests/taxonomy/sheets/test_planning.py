"""What becomes of rows: incidents, moments, codings, people, and what is said about them."""

import pytest

from taxonomy.sheets.plan import Key
from taxonomy.sheets.planning import plan_import
from taxonomy.sheets.problems import Severity

COUNTRIES = {"Belgium": "BE", "BE": "BE", "Japan": "JP"}


def plan(header, *rows, mapping=None, **options):
    """Plan a small table; columns that are not mapped are named like their fields."""
    headers = header.split(",")
    own = {name: name for name in headers if not name.startswith("x")}
    return plan_import(
        [(number, list(row)) for number, row in enumerate(rows, start=2)],
        headers=headers,
        mapping=own if mapping is None else mapping,
        country_code=COUNTRIES.get,
        **options,
    )


def said(plan, *severities):
    wanted = severities or (Severity.ERROR, Severity.REFUSED)
    return [
        (problem.code, problem.row, problem.column)
        for problem in plan.problems
        if problem.severity in wanted
    ]


def codings(incident):
    return [
        (moment.valence, [(coding.coder, coding.category) for coding in moment.codings])
        for moment in incident.moments
    ]


def test_one_row_becomes_one_incident_with_everything_it_says():
    result = plan(
        "incident_id,interview,respondent,relation,job_role,interviewer,organisation,site,country,"
        "region,sector,date,told_as,asked_for,valence,headline,situation,action,result,people,"
        "reaction,language,translation,category_1,category_2,coder,x note",
        [
            *[" 7 ", "I1", "R1", "Employee", "clerk", "Ina", "Bank A", "Ghent", "Belgium"],
            *["Europe", "Banking", "2021-06", "own", "GOOD", "positive", "A day", " He came\r\n"],
            *["did", "left", "we", "smiled", "nl", "A day (en)", "Staff", "kind", "Cod", " extra "],
        ],
    )
    (incident,) = result.incidents
    assert not result.blocked
    assert incident.source_id == "7"
    assert incident.words == {
        "headline": "A day",
        "situation": " He came\r\n",
        "action": "did",
        "result": "left",
        "people": "we",
        "reaction": "smiled",
    }
    assert (incident.told_as, incident.asked_for) == ("own", "good")
    assert (incident.language, incident.translation) == ("nl", "A day (en)")
    assert incident.happened_told == "2021-06"
    assert (str(incident.happened_from), str(incident.happened_to)) == ("2021-06-01", "2021-06-30")
    assert codings(incident) == [("positive", [("Cod", ("Staff", "kind"))])]
    assert dict(incident.rows[0].extras) == {"x note": " extra "}
    interview = result.interviews[incident.interview]
    assert (interview.key, interview.interviewer) == (Key("interview", "I1"), "Ina")
    assert (interview.implied, interview.respondent) == (False, Key("respondent", "R1"))
    teller = result.respondent_of(incident)
    assert (teller.organization, teller.place, teller.country) == ("Bank A", "Ghent", "BE")
    assert (teller.region, teller.sector, teller.relation) == ("Europe", "Banking", "employee")
    assert teller.job_role == "clerk"


def test_narratives_go_to_the_situation_and_parts_are_joined():
    mapping = {"a": "narrative", "b": "narrative", "s": "situation"}
    result = plan("a,s,b", [" one ", "before", "two"], ["one", "", " "], mapping=mapping)
    assert [incident.words for incident in result.incidents] == [
        {"situation": "before\n\n one \n\ntwo"},
        {"situation": "one"},
    ]


@pytest.mark.parametrize("typed", ["NA", "None", "n/a", "."])
def test_what_people_typed_is_kept(typed):
    result = plan("narrative,category_1,region", [typed, typed, typed])
    (incident,) = result.incidents
    assert incident.words == {"situation": typed}
    assert codings(incident) == [("not_stated", [("", (typed,))])]
    assert result.respondent_of(incident).region == typed


def test_a_row_without_words_is_refused_with_all_it_held():
    result = plan("narrative,headline,category_1,x", [" \u200b", "\n", "Staff", "kept"], ["a"] * 4)
    assert said(result) == [("no_words", 2, None)]
    assert not result.blocked
    (refused,) = result.refused
    assert (refused.number, refused.reason) == (2, "no_words")
    assert dict(refused.cells) == {"narrative": " \u200b", "category_1": "Staff", "x": "kept"}
    assert [category.path for category in result.categories] == [("a",)]


def test_rows_that_share_an_id_are_one_incident_at_any_distance():
    result = plan(
        "incident_id,narrative,valence,category_1",
        ["1", "told", "positive", "a"],
        ["2", "told", "negative", "b"],
        ["1", "told ", "negative", "c"],
        ["", "told", "", "d"],
        ["", "told", "", "d"],
    )
    assert (result.counts.incidents, result.counts.merged, result.counts.rows) == (4, 1, 5)
    first = result.incidents[0]
    assert (first.row_number, first.merged_rows) == (2, (4,))
    assert codings(first) == [("positive", [("", ("a",))]), ("negative", [("", ("c",))])]
    assert [moment.label for moment in first.moments] == ["a", "c"]
    assert [moment.order for moment in first.moments] == [1, 2]
    assert [moment.label for moment in result.incidents[1].moments] == [""]


def test_the_same_id_with_other_words_is_refused():
    result = plan("incident_id,narrative", ["1", "told"], ["1", "otherwise"], ["1", ""])
    assert said(result) == [("same_id_other_words", 3, None), ("no_words", 4, None)]
    assert result.counts.refused == {"same_id_other_words": 1, "no_words": 1}
    assert not result.blocked


def test_a_merged_row_that_says_else_is_noticed_and_kept():
    result = plan(
        "incident_id,narrative,language,date,viewpoint",
        ["1", "told", "", "2021-06-01", "customer"],
        ["1", "told", "en", "2021-06-02", "employee"],
    )
    (incident,) = result.incidents
    assert (incident.language, incident.happened_told) == ("en", "2021-06-01")
    assert incident.told_as == "customer"
    assert said(result, Severity.NOTICE) == [
        ("merged_row_differs", 3, "date"),
        ("merged_row_differs", 3, "viewpoint"),
    ]
    assert dict(incident.rows[1].written) == {"date": "2021-06-02", "viewpoint": "employee"}


def test_several_coders_code_the_same_moments_in_their_order():
    result = plan(
        "incident_id,narrative,coder,category_1,valence",
        ["1", "told", "Ann", "a|b", "positive"],
        ["1", "told", "Bob", "b", ""],
        ["1", "told", "Bob", "c", "negative"],
        ["1", "told", "", "d", ""],
        ["1", "told", "Bob", "e", ""],
    )
    assert codings(result.incidents[0]) == [
        ("positive", [("Ann", ("a",)), ("Bob", ("b",))]),
        ("positive", [("Ann", ("b",)), ("Bob", ("c",))]),
        ("not_stated", [("", ("d",))]),
        ("not_stated", [("Bob", ("e",))]),
    ]
    assert said(result, Severity.NOTICE) == [("merged_row_differs", 4, "valence")]
    assert result.counts.codings == 6


def test_lists_become_moments_and_the_cells_are_kept_as_typed():
    rows = [["told", "Food|Staff", "slow|hot|slow"], ["too", "Food", "hot"], ["and", "Staff", ""]]
    result = plan("narrative,category_1,category_2", *rows)
    assert [codings(incident) for incident in result.incidents] == [
        [("not_stated", [("", ("", "slow"))]), ("not_stated", [("", ("Food", "hot"))])],
        [("not_stated", [("", ("Food", "hot"))])],
        [("not_stated", [("", ("Staff",))])],
    ]
    assert [dict(incident.rows[0].written) for incident in result.incidents] == [
        {"category_1": "Food|Staff", "category_2": "slow|hot|slow"},
        {},
        {},
    ]
    assert said(result, Severity.NOTICE) == [("no_parent", None, "category_2")]
    by_path = {one.path: (one.round, one.parent, one.moments) for one in result.categories}
    assert by_path == {
        ("Food",): (2, None, 0),
        ("Staff",): (2, None, 1),
        ("", "slow"): (1, None, 1),
        ("Food", "hot"): (1, ("Food",), 2),
    }


def test_only_the_first_code_may_be_asked_for():
    result = plan("narrative,category_1", ["told", "a|b|c"], ["too", "b"], codes="first")
    assert [codings(incident)[0][1] for incident in result.incidents] == [
        [("", ("a",))],
        [("", ("b",))],
    ]
    assert result.counts.moments == 2
    left_out = [one.params for one in result.problems if one.code == "codes_left_out"]
    assert left_out == [{"count": 2}]
    assert dict(result.incidents[0].rows[0].written) == {"category_1": "a|b|c"}


def test_an_empty_level_makes_no_round():
    result = plan("narrative,category_1,category_2,category_3", ["a", "A", "", "z"])
    assert result.levels == ("category_1", "category_3")
    assert [(one.path, one.round) for one in result.categories] == [(("A",), 2), (("A", "z"), 1)]
    assert said(result, Severity.NOTICE) == [("dropped_level", None, "category_2")]


def test_without_codes_there_is_no_round_and_one_moment_without_a_coding():
    result = plan("narrative", ["told"])
    assert (result.rounds, result.categories) == (0, ())
    assert codings(result.incidents[0]) == [("not_stated", [])]


def test_interviews_are_implied_by_respondents_or_by_rows():
    result = plan(
        "narrative,interview,respondent",
        ["a", "", "R1"],
        ["b", "", "R1"],
        ["c", "", ""],
        ["d", "I1", "R2"],
        ["e", "I1", ""],
    )
    assert [incident.interview for incident in result.incidents] == [
        Key("respondent", "R1"),
        Key("respondent", "R1"),
        Key("row", "4"),
        Key("interview", "I1"),
        Key("interview", "I1"),
    ]
    assert set(result.respondents) == {
        Key("respondent", "R1"),
        Key("row", "4"),
        Key("respondent", "R2"),
    }
    assert not result.clusters_known
    assert result.problem_counts() == {}
    assert [one.implied for one in result.interviews.values()] == [True, True, False]


def test_a_file_that_contradicts_itself_about_a_person_is_stopped():
    result = plan(
        "narrative,interview,respondent,region,interviewer",
        ["a", "1", "R1", "", "Ina"],
        ["b", "1", "R1", "North", "Ida"],
        ["c", "2", "R1", "South", ""],
        ["d", "2", "R2", "West", ""],
    )
    assert said(result) == [
        ("interview_contradicts", 3, "interviewer"),
        ("respondent_contradicts", 4, "region"),
        ("interview_contradicts", 5, "respondent"),
        ("respondent_contradicts", 5, "region"),
    ]
    assert result.blocked
    assert result.respondents[Key("respondent", "R1")].region == "North"


def test_refused_rows_say_nothing_about_people():
    result = plan("narrative,respondent,region", ["", "R1", "North"], ["b", "R1", "South"])
    assert not result.blocked
    assert result.respondents[Key("respondent", "R1")].region == "South"


@pytest.mark.parametrize("typed", ["", "not stated", "Not_Stated"])
@pytest.mark.parametrize("name", ["region", "organization", "country", "valence", "told_as"])
def test_not_stated_is_a_value_everywhere(name, typed):
    result = plan(f"narrative,{name}", ["told", typed])
    (incident,) = result.incidents
    assert not result.blocked
    assert incident.told_as == incident.moments[0].valence == "not_stated"
    teller = result.respondent_of(incident)
    assert (teller.region, teller.organization, teller.country) == ("", "", "")


def test_unknown_values_stop_the_import_until_they_are_mapped():
    header, row = "narrative,valence,country", ["told", "so-so", "Elsewhere"]
    result = plan(header, row, row)
    assert said(result) == [
        ("unknown_value", 2, "valence"),
        ("unknown_country", 2, "country"),
        ("unknown_value", 3, "valence"),
        ("unknown_country", 3, "country"),
    ]
    use = result.values["valence"]["so-so"]
    assert (use.ours, use.rows, use.first_row) == (None, 2, 2)

    mapped = plan(
        header,
        row,
        value_map={"valence": {"SO-SO ": "mixed"}, "country": {"elsewhere": "not_stated"}},
    )
    assert not mapped.blocked
    assert mapped.incidents[0].moments[0].valence == "mixed"
    assert dict(mapped.incidents[0].rows[0].written) == {"valence": "so-so", "country": "Elsewhere"}


def test_names_can_be_mapped_and_new_ones_are_told():
    rows = [["told", "Bank A"], ["too", "BANK  B"], ["and", "Bank C"]]
    options = {
        "value_map": {"organisation": {"Bank A": "Bank B"}},
        "known": {"organization": ["Bank B"]},
    }
    result = plan("narrative,organization", *rows, **options)
    uses = result.values["organization"]
    assert {theirs: (use.ours, use.new, use.guessed) for theirs, use in uses.items()} == {
        "Bank A": ("Bank B", False, False),
        "BANK  B": ("Bank B", False, True),
        "Bank C": ("Bank C", True, True),
    }
    assert not result.blocked
    strict = plan("narrative,organization", *rows, **options, create_missing=False)
    assert said(strict) == [("not_in_study", 4, "organization")]


def test_told_as_comes_from_the_viewpoint_unless_it_is_said():
    result = plan(
        "narrative,told_as,viewpoint",
        ["a", "", "employee"],
        ["b", "own", "customer"],
        ["c", "", ""],
        ["d", "own", "employee"],
    )
    assert [incident.told_as for incident in result.incidents] == [
        "provider",
        "own",
        "not_stated",
        "own",
    ]
    assert said(result, Severity.NOTICE) == [("viewpoint_differs", 3, "viewpoint")]
    assert dict(result.incidents[1].rows[0].written) == {"viewpoint": "customer"}


def test_defaults_fill_what_a_row_does_not_say():
    result = plan(
        "incident_id,narrative,region",
        ["1", "a", ""],
        ["1", "a", "South"],
        ["2", "b", ""],
        defaults={"region": "North", "viewpoint": "customer", "valence": "negative"},
    )
    assert [result.respondent_of(one).region for one in result.incidents] == ["South", "North"]
    assert {one.told_as for one in result.incidents} == {"customer"}
    assert {m.valence for one in result.incidents for m in one.moments} == {"negative"}
    assert result.problems == ()


@pytest.mark.parametrize(
    ("mapping", "code", "column"),
    [
        ({"a": "narrative", "zz": "region"}, "unknown_column", "zz"),
        ({"a": "narrative", "b": "regin"}, "unknown_field", "b"),
        ({"a": "headline", "b": "headline"}, "field_twice", "b"),
        ({"a": "region"}, "no_text_column", None),
    ],
)
def test_a_wrong_mapping_is_said(mapping, code, column):
    result = plan("a,b", ["words", "more"], mapping=mapping)
    assert (code, None, column) in said(result)
    assert result.blocked


@pytest.mark.parametrize(
    ("value_map", "code"),
    [
        ({"valence": {"x": "lovely"}}, "unknown_target"),
        ({"narrative": {"x": "y"}}, "unknown_field"),
    ],
)
def test_a_wrong_value_map_is_said(value_map, code):
    assert said(plan("narrative", ["a"], value_map=value_map)) == [(code, None, None)]


@pytest.mark.parametrize(
    ("name", "longest"),
    [
        ("headline", 200),
        ("incident_id", 200),
        ("respondent", 80),
        ("region", 120),
        ("category_1", 300),
    ],
)
def test_values_longer_than_their_field_are_said(name, longest):
    fits = plan(f"narrative,{name}", ["told", "x" * longest])
    assert not fits.blocked
    too_long = plan(f"narrative,{name}", ["told", "x" * (longest + 1)])
    assert said(too_long) == [("value_too_long", 2, name)]


def test_a_row_with_more_cells_than_headers_is_said():
    result = plan("narrative,region", ["told", "North", "", "lost?"])
    assert said(result) == [("row_too_long", 2, None)]
    assert not plan("narrative,region", ["told", "North", "", " "]).blocked


def test_dates_are_read_by_the_whole_column():
    result = plan("narrative,date", ["a", "01/02/2021"], ["b", "30/09/2021"], ["c", "soon"])
    assert said(result) == [("bad_date", 4, "date")]
    assert [str(one.happened_from) for one in result.incidents] == [
        "2021-02-01",
        "2021-09-30",
        "None",
    ]
    unclear = plan("narrative,date", ["a", "01/02/2021"])
    assert said(unclear) == [("ambiguous_date", 2, "date")]


def test_unmapped_columns_are_named_with_what_they_hold():
    result = plan("narrative,x1,x2", ["a", "1", ""], ["b", "2", " "], ["", "3", "3"])
    assert result.unmapped == {"x1": 2, "x2": 0}
    assert said(result, Severity.NOTICE) == [
        ("unmapped_column", None, "x1"),
        ("unmapped_column", None, "x2"),
    ]


@pytest.mark.thorough
def test_the_work_of_planning_grows_in_step_with_the_rows(calls_of):
    words = "Words that somebody told about a day at the desk. " * 4
    rows = [[str(n), words + str(n), f"c{n % 77}", "Banking", "customer"] for n in range(10_003)]

    def work(some):
        return plan("incident_id,narrative,category_1,sector,viewpoint", *some)

    work(rows[:10])  # what is made once for the whole process
    _, for_few = calls_of(work, rows[:1_000])
    result, for_many = calls_of(work, rows)

    assert for_many < 10.5 * for_few
    assert (result.counts.incidents, len(result.categories)) == (10_003, 77)
