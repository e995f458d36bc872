import pytest
from django.urls import reverse

from incidents.choices import JobState, RoleName
from incidents.jobs import bell, registry
from incidents.models import Change, Job
from tests.factories import MemberFactory, StudyFactory

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def kind(monkeypatch):
    monkeypatch.setitem(registry._kinds, "tests.read", registry.Kind(None, "Read a long file"))
    monkeypatch.setattr(bell, "_publish", lambda _pk: True)


@pytest.fixture
def admin():
    return MemberFactory(roles=[RoleName.ADMIN])


@pytest.fixture
def analyst(admin):
    return MemberFactory(study=admin.study, roles=[RoleName.ANALYST])


@pytest.fixture
def signed_in(client, admin):
    client.force_login(admin.user)
    return client


def job_of(member, **fields):
    return Job.objects.create(
        **{"study": member.study, "requested_by": member, "kind": "tests.read", **fields}
    )


def address(name, member, *jobs):
    return reverse(f"incidents:{name}", args=[member.study.slug, *(job.uid for job in jobs)])


def test_an_empty_list_says_what_will_appear_there(signed_in, admin):
    page = signed_in.get(address("job_list", admin))

    assert "No background work" in page.text
    assert "every 1s" not in page.text


def test_the_list_asks_again_only_while_something_goes_on(signed_in, admin):
    job = job_of(admin, state=JobState.WAITING, done_units=3, all_units=8)
    assert "every 1s" in signed_in.get(address("job_list", admin)).text
    assert "3 of 8" in signed_in.get(address("job_list", admin)).text

    Job.objects.filter(pk=job.pk).update(state=JobState.DONE)
    assert "every 1s" not in signed_in.get(address("job_list", admin), headers=HTMX).text


def test_htmx_gets_the_rows_and_a_reader_the_page(signed_in, admin):
    job_of(admin)

    part = signed_in.get(address("job_list", admin), headers=HTMX).text

    assert "Read a long file" in part
    assert "<html" not in part
    assert "<html" in signed_in.get(address("job_list", admin)).text


def test_a_failure_is_listed_with_its_reason_and_a_way_to_try_again(signed_in, admin):
    job = job_of(admin, state=JobState.FAILED, error="Column “region” is missing.")

    page = signed_in.get(address("job_list", admin)).text

    assert "Column “region” is missing." in page
    assert address("job_retry", admin, job) in page


def test_routine_work_is_listed_unless_it_went_well(signed_in, admin):
    states = (JobState.DONE, JobState.FAILED)
    done, failed = (job_of(admin, state=state, unique_key=f"k{state}") for state in states)

    page = signed_in.get(address("job_list", admin)).text

    assert str(failed.uid) in page
    assert str(done.uid) not in page


def test_work_on_one_thing_stays_listed_after_it_is_done(signed_in, admin):
    """An import waits at most once too, but somebody asked for it."""
    done = job_of(admin, state=JobState.DONE, unique_key="import", args={"import": "some"})

    page = signed_in.get(address("job_list", admin)).text

    assert str(done.uid) in page


def test_members_see_their_own_jobs_and_admins_all_of_the_study(client, admin, analyst):
    own, others = job_of(analyst), job_of(admin)
    foreign = job_of(MemberFactory(study=StudyFactory(), roles=[RoleName.ADMIN]))

    def listed(member):
        client.force_login(member.user)
        text = client.get(address("job_list", member)).text
        return {job for job in (own, others, foreign) if str(job.uid) in text}

    assert listed(analyst) == {own}
    assert listed(admin) == {own, others}


@pytest.mark.parametrize("name", ["job_show", "job_retry"])
def test_a_job_one_may_not_see_is_not_found_and_stays_as_it_is(client, admin, analyst, name):
    job = job_of(admin, state=JobState.FAILED, error="secret reason")
    client.force_login(analyst.user)

    send = client.get if name == "job_show" else client.post
    response = send(address(name, admin, job))

    assert response.status_code == 404
    assert "secret reason" not in response.text
    assert Job.objects.get().state == JobState.FAILED


def test_the_progress_of_a_job_asks_again_until_it_is_over(signed_in, admin):
    job = job_of(admin, done_units=3, all_units=8)
    url = address("job_show", admin, job)

    going = signed_in.get(url, headers=HTMX)
    Job.objects.filter(pk=job.pk).update(state=JobState.DONE, result={"url": "/s/x/imports/"})
    over = signed_in.get(url, headers=HTMX)

    assert f'hx-get="{url}"' in going.text
    assert 'value="3" max="8"' in going.text
    assert "HX-Trigger-After-Settle" not in going
    assert "hx-get" not in over.text
    assert 'href="/s/x/imports/"' in over.text
    assert "job-over" in over["HX-Trigger-After-Settle"]


def test_the_page_of_a_job_says_who_asked_and_how_often_it_was_tried(signed_in, admin):
    job = job_of(admin, attempts=2)

    page = signed_in.get(address("job_show", admin, job)).text

    assert admin.display_name in page
    assert "Tried 2 times, waits for the next" in page


def test_work_handed_on_says_so(signed_in, admin):
    job = job_of(admin, state=JobState.DONE, result={"handed_to": "x"})

    assert "Taken over by a later job" in signed_in.get(address("job_show", admin, job)).text


def test_a_failed_job_waits_again_and_the_log_says_who(signed_in, admin):
    job = job_of(admin, state=JobState.FAILED, attempts=5, error="OSError")

    for _click in range(2):
        response = signed_in.post(address("job_retry", admin, job))
        assert response.url == address("job_show", admin, job)

    job.refresh_from_db()
    assert (job.state, job.attempts, job.error) == (JobState.WAITING, 5, "")
    change = Change.objects.get()
    assert (change.verb, change.member, change.object_uid) == ("retry_job", admin, job.uid)


def test_a_retry_leaves_work_that_waits_again_to_the_job_that_waits(signed_in, admin):
    failed = job_of(admin, state=JobState.FAILED, unique_key="k")
    waiting = job_of(admin, unique_key="k")

    signed_in.post(address("job_retry", admin, failed))

    failed.refresh_from_db()
    assert failed.result == {"handed_to": str(waiting.uid)}
    assert Job.objects.get(state=JobState.WAITING) == waiting


def test_retry_is_no_link(signed_in, admin):
    job = job_of(admin, state=JobState.FAILED)

    assert signed_in.get(address("job_retry", admin, job)).status_code == 405
    assert Job.objects.get().state == JobState.FAILED


@pytest.mark.parametrize("rows", [1, 30])
def test_the_list_takes_four_queries_for_any_number_of_rows(
    signed_in, admin, rows, django_assert_num_queries
):
    for number in range(rows):
        member = MemberFactory(study=admin.study)
        job_of(member, state=list(JobState)[number % 4 if number % 4 != 1 else 0])

    with django_assert_num_queries(4):
        page = signed_in.get(address("job_list", admin))

    assert page.text.count("Read a long file</a>") == rows
