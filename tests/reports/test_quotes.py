"""The pages of the clipboard: collecting, redacting, confirming, taking along."""

import re

import pytest
from django.urls import reverse

from incidents.choices import Consent, IncidentState, RoleName, VersionKind
from incidents.models import Change, Incident, IncidentVersion, Interview
from reports.actions import quoting
from reports.models import Quote
from tests.factories import MemberFactory
from tests.reports.told import SECRET, blind, tell

WORDS = f"At {SECRET} Otto said no. Write to a@b.example. We waited."
CLEAN = "At [organization] [name] said no."


def url_of(world, page, row=None):
    keys = [world.study.slug] + ([row.uid] if row else [])
    return reverse(f"reports:{page}", args=keys)


def told(world, text=WORDS, consent=Consent.QUOTES, **fields):
    incident = tell(world, "a wait", **fields)
    IncidentVersion.objects.filter(incident=incident).update(situation=text, language="en")
    Interview.objects.filter(pk=incident.interview_id).update(consent=consent)
    return incident.moments.get()


def taken(world, moment=None, words=WORDS):
    moment = moment or told(world)
    return quoting.collect(moment=moment, version=1, words=words, by=world.analyst)


def confirmed(world, words=CLEAN, **fields):
    quote = taken(world, told(world, **fields))
    return quoting.confirm(quote=quote, words=words, row_version=0, by=world.analyst)


def list_page(client, world, query=""):
    return client.get(url_of(world, "quote_list") + query).text


def test_a_quote_goes_its_way_without_scripts(client, world):
    moment = told(world)
    client.force_login(world.analyst.user)
    assert "No quotes yet" in list_page(client, world)
    behind = reverse("reports:verbatim_list", args=[world.study.slug, world.scheme.slug])
    back = f"{behind}?row=not_coded"

    link = re.search(r'href="([^"]*/quote/\?back=[^"]*)"', client.get(back).text)[1]
    form = client.get(link.replace("&amp;", "&"))
    assert WORDS in form.text
    data = {"words": WORDS, "version": "1", "back": form.context["back"]}
    answer = client.post(link, data)
    assert answer.url == back

    quote = Quote.objects.get()
    edit = url_of(world, "quote_edit", quote)
    page = client.get(edit).text
    assert f'<mark class="known">{SECRET}</mark>' in page
    assert "<mark>Otto</mark>" in page
    sent = {"words": f"{WORDS} ", "row_version": "0", "note": "", "organization": SECRET}
    client.post(url_of(world, "quote_replace", quote), sent)
    sent = {"words": "At [organization] Otto said no.", "row_version": "1", "name": "Otto"}
    client.post(url_of(world, "quote_replace", quote), sent)
    answer = client.post(
        url_of(world, "quote_confirm", quote), {"words": CLEAN, "row_version": "2"}
    )

    assert answer.url == url_of(world, "quote_list")
    quote.refresh_from_db()
    assert (quote.words, quote.confirmed_by) == (CLEAN, world.analyst)
    assert quote.moment == moment
    shown = list_page(client, world)
    assert f"Confirmed by {world.analyst.display_name}" in shown
    assert f"“{CLEAN}”</textarea>" in shown


def test_a_name_of_the_study_stays_only_where_somebody_says_so(client, world):
    quote = taken(world)
    client.force_login(world.analyst.user)
    url, sent = url_of(world, "quote_confirm", quote), {"words": WORDS, "row_version": "0"}

    refused = client.post(url, sent)
    assert refused.status_code == 422
    assert f"still name {SECRET}" in refused.text
    assert Quote.objects.get().confirmed_at is None

    client.post(url, {**sent, "names_stay": "on"})
    assert Quote.objects.get().confirmed_by == world.analyst


def test_nobody_learns_names_of_the_study_by_typing_them(client, world):
    quote = taken(world, told(world, "We waited."), "We waited.")
    client.force_login(world.analyst.user)
    typed = {"words": f"We waited. {SECRET}", "row_version": "0"}

    for page in ("quote_edit", "quote_replace", "quote_confirm"):
        answer = client.post(url_of(world, page, quote), typed)

        assert answer.status_code == 422
        assert f"{SECRET}</textarea>" in answer.text
        assert "was not told so" in answer.text
        assert "a name of the study" not in answer.text
        assert "still name" not in answer.text


def test_what_a_file_brought_is_confirmed_with_a_word_about_its_source(client, world):
    quote = taken(world, told(world, "We waited.", consent=Consent.BY_SOURCE), "We waited.")
    client.force_login(world.analyst.user)
    url, sent = url_of(world, "quote_confirm", quote), {"words": "We waited.", "row_version": "0"}

    refused = client.post(url, sent)
    assert refused.status_code == 422
    assert 'name="source_allows"' in refused.text
    client.post(url, {**sent, "source_allows": "on"})

    assert Quote.objects.get().confirmed_by == world.analyst


def test_what_was_typed_is_kept_when_somebody_else_was_first(client, world):
    quote = taken(world)
    quoting.change(quote=quote, words="We waited.", row_version=0, by=world.admin)
    client.force_login(world.analyst.user)

    answer = client.post(
        url_of(world, "quote_edit", quote), {"words": "Otto said no", "row_version": "0"}
    )

    assert answer.status_code == 409
    assert "Otto said no</textarea>" in answer.text
    assert "What somebody else saved meanwhile" in answer.text
    assert 'name="row_version" value="1"' in answer.text
    assert Quote.objects.get().words == "We waited."


def test_what_was_not_told_comes_back_with_what_was_typed(client, world):
    moment = told(world)
    client.force_login(world.analyst.user)
    sent = {"words": "We waited for hours.", "version": "1"}

    answer = client.post(url_of(world, "quote_collect", moment), sent)

    assert answer.status_code == 422
    assert "was not told so" in answer.text
    assert "We waited for hours.</textarea>" in answer.text
    assert not Quote.objects.exists()


def test_words_of_what_does_not_count_any_more_are_on_no_page(client, world):
    quote = confirmed(world)
    Incident.objects.update(state=IncidentState.WITHDRAWN)
    client.force_login(world.analyst.user)

    pages = [list_page(client, world), client.get(url_of(world, "quote_edit", quote)).text]
    found = list_page(client, world, "?q=said")

    for page in pages:
        assert "Its incident does not count now" in page
        assert "said no" not in page
    assert "No quote has these words and counts there." in found
    for name in ("quotes_text", "quotes_csv"):
        assert b"said no" not in client.get(url_of(world, name)).content


def test_the_category_is_for_who_sees_results_and_so_is_the_note(client, world):
    quote = taken(world, told(world, category=world.warm))
    Quote.objects.filter(pk=quote.pk).update(note="a warm one")
    reader = MemberFactory(study=world.study, roles=[RoleName.ANALYST, RoleName.CODER])
    client.force_login(reader.user)
    pages = [url_of(world, "quote_list"), url_of(world, "quote_edit", quote)]

    for page in pages:
        text = client.get(page).text
        assert "Kinds: Service › Warm" in text
        assert "a warm one" in text
    blind(world, reader)
    for page in pages:
        text = client.get(page).text
        assert "said no" in text
        assert "Service › Warm" not in text
        assert "a warm one" not in text
    client.post(url_of(world, "quote_edit", quote), {"words": "We waited.", "row_version": "0"})
    assert Quote.objects.get().note == "a warm one"


def test_a_translation_is_quoted_in_its_language(client, world):
    moment = told(world)
    IncidentVersion.objects.create(
        incident=moment.incident,
        number=2,
        kind=VersionKind.TRANSLATION,
        based_on=1,
        situation="Wir warteten auf Otto.",
        language="de",
        sha256="",
    )
    client.force_login(world.analyst.user)
    url = url_of(world, "quote_collect", moment)

    assert "Wir warteten auf Otto.</textarea>" in client.get(f"{url}?version=2").text
    client.post(url, {"words": "Wir warteten auf Otto.", "version": "2"})
    quote = Quote.objects.get()
    page = client.get(url_of(world, "quote_edit", quote)).text

    assert quote.language == "de"
    assert 'lang="de"' in page
    assert "<mark>" not in page  # every noun has a capital there


def test_quotes_are_moved_deleted_and_brought_back(client, world):
    first, second = (taken(world, words=words) for words in ("Otto said no", "We waited"))
    client.force_login(world.analyst.user)

    answer = client.post(url_of(world, "quote_move", second), {"way": "up"})
    assert answer.url.endswith(f"#quote-{second.uid}")
    page = list_page(client, world)
    assert page.index("We waited") < page.index("Otto said no")

    gone = client.post(url_of(world, "quote_delete", first), follow=True).text
    assert "Otto said no" not in gone
    undo = re.search(r'action="([^"]*/restore/)"', gone)[1]
    client.post(undo)
    assert "Otto said no" in list_page(client, world)


def test_confirmed_quotes_are_taken_along_as_text_and_csv(client, world):
    confirmed(world)
    taken(world, words="We waited.")
    risky = taken(world, told(world, "=1+1 we waited"), "=1+1 we waited")
    quoting.confirm(quote=risky, words=risky.words, row_version=0, by=world.admin)
    client.force_login(world.analyst.user)

    text = client.get(url_of(world, "quotes_text")).content.decode()
    table = client.get(url_of(world, "quotes_csv")).content.decode()

    assert text == f"\ufeff“{CLEAN}”\r\n\r\n“=1+1 we waited”\r\n"
    assert table == f"\ufeffWords,Told by,Language\r\n{CLEAN},,en\r\n'=1+1 we waited,,en\r\n"
    logged = Change.objects.filter(verb="export_quotes").order_by("pk")
    assert [change.details["form"] for change in logged] == ["txt", "csv"]
    assert str(risky.uid) in logged[0].details["quotes"]


@pytest.mark.parametrize("rows", [1, 6])
def test_the_clipboard_takes_the_same_queries_for_any_number(
    client, world, rows, django_assert_num_queries
):
    for number in range(rows):
        moment = told(world, category=world.warm, consent=Consent.ATTRIBUTED, region=number % 2)
        quote = taken(world, moment, "We waited.")
        if number % 2 == 0:
            incident = moment.incident
            incident.version = IncidentVersion.objects.create(
                incident=incident, number=2, kind=VersionKind.CORRECTION, sha256=""
            )
            incident.save(update_fields=["version"])
            quoting.take_back(quote=quote, row_version=0, by=world.admin)
    client.force_login(world.analyst.user)

    with django_assert_num_queries(13):
        page = list_page(client, world)

    assert page.count('id="quote-') == rows


def test_quotes_are_found_by_the_category_in_which_their_moments_count(client, world):
    warm = taken(world, told(world, category=world.warm))
    quick = taken(world, told(world, category=world.quick), "Otto said no.")
    uncoded = taken(world, told(world), "We waited.")
    client.force_login(world.analyst.user)

    def found(category, words=""):
        page = list_page(client, world, f"?category={category}&q={words}")
        return set(re.findall(r'id="quote-([^"]*)"', page))

    assert found(world.warm.uid) == {str(warm.uid)}
    assert found(world.service.uid) == {str(warm.uid), str(quick.uid)}
    assert found(world.service.uid, "Otto said no.") == {str(warm.uid), str(quick.uid)}
    assert found(world.service.uid, "b.example") == {str(warm.uid)}
    assert found(world.study.uid) == set()
    assert str(uncoded.uid) in found("")


def test_who_is_blind_cannot_find_quotes_by_category(client, world):
    taken(world, told(world, category=world.warm))
    member = MemberFactory(study=world.study, roles=[RoleName.ANALYST, RoleName.CODER])
    blind(world, member)
    client.force_login(member.user)

    page = list_page(client, world, f"?category={world.warm.uid}")

    assert 'id="quote-' not in page
    assert "Warm" not in page
    assert 'id="quote-' in list_page(client, world)


def test_a_category_stays_chosen_on_the_next_page(client, world, monkeypatch):
    monkeypatch.setattr("reports.views.quotes.PAGE_SIZE", 1)
    for words in ("Otto said", "We waited."):
        taken(world, told(world, category=world.warm), words)
    client.force_login(world.analyst.user)

    page = list_page(client, world, f"?category={world.warm.uid}")

    assert f"category={world.warm.uid}&amp;after=" in page


def test_the_clipboard_is_turned_page_by_page(client, world, monkeypatch):
    monkeypatch.setattr("reports.views.quotes.PAGE_SIZE", 2)
    for number in range(5):
        taken(world, words=["Otto said", "said no", "We waited", "no", "Write to"][number])
    client.force_login(world.analyst.user)

    seen, address = [], ""
    while address is not None:
        page = list_page(client, world, address)
        seen += re.findall(r'id="quote-([^"]*)"', page)
        following = re.search(r'href="([^"]*)" rel="next"', page)
        address = following and following[1].replace("&amp;", "&")

    assert seen == [str(quote.uid) for quote in Quote.objects.order_by("position")]


@pytest.mark.parametrize("back", ["https://evil.example/s/", "//evil.example", "/s/other/quotes/"])
def test_collecting_leads_nowhere_else(client, world, back):
    moment = told(world)
    client.force_login(world.analyst.user)

    sent = {"words": "We waited.", "version": "1", "back": back}
    answer = client.post(url_of(world, "quote_collect", moment), sent)

    assert answer.url == url_of(world, "quote_list")


def test_markup_and_text_from_right_to_left_stay_text(client, world):
    text = "<script>alert(1)</script> אמר & “no”"
    quote = taken(world, told(world, text), text)
    client.force_login(world.analyst.user)

    pages = [list_page(client, world), client.get(url_of(world, "quote_edit", quote)).text]

    for page in pages:
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt; אמר &amp;" in page
        assert 'dir="auto"' in page
