"""The addresses of incidents."""

from django.urls import URLPattern, URLResolver, include, path

from incidents.views import (
    accounts,
    criteria,
    guides,
    held_out,
    incidents,
    interviews,
    invitations,
    jobs,
    likeness,
    moments,
    none_recalled,
    people,
    places,
    respondents,
    screening,
    second_screening,
    studies,
)

app_name = "incidents"

Addresses = list[URLPattern | URLResolver]

one_incident_told: Addresses = [
    path("", incidents.incident_record, name="incident_record"),
    path("draft/", incidents.incident_draft, name="incident_draft"),
    path("submit/", incidents.incident_submit, name="incident_submit"),
    path("discard/", incidents.incident_discard, name="incident_discard"),
    path("conflict/", incidents.incident_conflict, name="incident_conflict"),
]

asked_in_vain: Addresses = [
    path("", none_recalled.none_recalled_record, name="none_recalled_record"),
    path("take-back/", none_recalled.none_recalled_take_back, name="none_recalled_take_back"),
]

fieldwork: Addresses = [
    path("interviews/", interviews.interview_list, name="interview_list"),
    path("interviews/new/", interviews.interview_open, name="interview_open"),
    path("interviews/<uuid:uid>/", interviews.interview_show, name="interview_show"),
    path("interviews/received/", interviews.incident_received, name="incident_received"),
    path("interviews/<uuid:uid>/consent/", interviews.interview_consent, name="interview_consent"),
    path("interviews/<uuid:uid>/none-recalled/", include(asked_in_vain)),
    path("interviews/<uuid:uid>/submit/", interviews.interview_submit, name="interview_submit"),
    path("interviews/<uuid:uid>/incidents/<uuid:incident_uid>/", include(one_incident_told)),
    path("guide/", guides.guide_show, name="guide_show"),
    path("incidents/mine/", incidents.incident_mine, name="incident_mine"),
    path("incidents/<uuid:uid>/", incidents.incident_show, name="incident_show"),
]

screened: Addresses = [
    path("screening/", screening.screening_queue, name="screening_queue"),
    path("screening/next/", screening.screening_next, name="screening_next"),
    path("screening/second/", second_screening.second_next, name="second_next"),
    path("screening/second/<uuid:uid>/", second_screening.second_show, name="second_show"),
    path("screening/agreement/", second_screening.agreement_show, name="agreement_show"),
    path(
        "screening/agreement/<uuid:uid>/",
        second_screening.disagreement_settle,
        name="disagreement_settle",
    ),
    path("screening/alike/", likeness.likeness_list, name="likeness_list"),
    path("screening/alike/<uuid:uid>/", likeness.likeness_show, name="likeness_show"),
    path("screening/alike/<uuid:uid>/judge/", likeness.likeness_judge, name="likeness_judge"),
    path("screening/<uuid:uid>/", screening.screening_show, name="screening_show"),
    path("screening/<uuid:uid>/accept/", screening.screening_accept, name="screening_accept"),
    path("screening/<uuid:uid>/return/", screening.screening_return, name="screening_return"),
    path("screening/<uuid:uid>/exclude/", screening.screening_exclude, name="screening_exclude"),
    path("screening/<uuid:uid>/withdraw/", screening.screening_withdraw, name="screening_withdraw"),
    path(
        "incidents/<uuid:uid>/held-out/withdraw/",
        held_out.held_out_withdraw,
        name="held_out_withdraw",
    ),
    path("incidents/<uuid:uid>/divide/", moments.incident_divide, name="incident_divide"),
    path("incidents/<uuid:uid>/told-as/", moments.incident_told_as, name="incident_told_as"),
    path("moments/<uuid:uid>/valence/", moments.moment_valence, name="moment_valence"),
]

setup: Addresses = [
    path("", studies.study_setup, name="study_setup"),
    path("screening/", criteria.criteria_edit, name="criteria_edit"),
    path("screening/new/", criteria.criterion_create, name="criterion_create"),
    path("screening/template/", criteria.criteria_from_template, name="criteria_from_template"),
    path("guide/", guides.guide_edit, name="guide_edit"),
    path("regions/", places.region_list, name="region_list"),
    path("regions/new/", places.region_create, name="region_create"),
    path("regions/<uuid:uid>/", places.region_edit, name="region_edit"),
    path("regions/<uuid:uid>/remove/", places.region_remove, name="region_remove"),
    path("regions/<uuid:uid>/move/", places.region_move, name="region_move"),
    path("sectors/", places.sector_list, name="sector_list"),
    path("sectors/new/", places.sector_create, name="sector_create"),
    path("sectors/<uuid:uid>/", places.sector_edit, name="sector_edit"),
    path("sectors/<uuid:uid>/move/", places.sector_move, name="sector_move"),
    path("organizations/", places.organization_list, name="organization_list"),
    path("organizations/new/", places.organization_create, name="organization_create"),
    path("organizations/<uuid:uid>/", places.organization_edit, name="organization_edit"),
    path("organizations/<uuid:uid>/sites/new/", places.site_create, name="site_create"),
    path("respondents/<uuid:uid>/", respondents.respondent_move, name="respondent_move"),
    path("people/", people.member_list, name="member_list"),
    path("people/new/", people.member_create, name="member_create"),
    path("people/invite/", invitations.invitation_create, name="invitation_create"),
    path("people/<uuid:uid>/", people.member_edit, name="member_edit"),
    path("people/<uuid:uid>/invite/", invitations.member_invite, name="member_invite"),
    path("invitations/<uuid:uid>/", invitations.invitation_show, name="invitation_show"),
    path("invitations/<uuid:uid>/renew/", invitations.invitation_renew, name="invitation_renew"),
    path("invitations/<uuid:uid>/revoke/", invitations.invitation_revoke, name="invitation_revoke"),
]

background: Addresses = [
    path("", jobs.job_list, name="job_list"),
    path("<uuid:uid>/", jobs.job_show, name="job_show"),
    path("<uuid:uid>/retry/", jobs.job_retry, name="job_retry"),
]

accounts_of_people: Addresses = [
    path("join/<str:token>/", invitations.invitation_accept, name="invitation_accept"),
    path("accounts/", accounts.account_show, name="account_show"),
    path("accounts/sessions/end/", accounts.session_end, name="session_end"),
    path("accounts/sessions/end-all/", accounts.sessions_end, name="sessions_end"),
    path("accounts/file/", accounts.file_ready, name="file_ready"),
]

urlpatterns: Addresses = [
    path("s/<slug:slug>/", include(fieldwork)),
    path("s/<slug:slug>/jobs/", include(background)),
    path("s/<slug:slug>/setup/", include(setup)),
    path("s/<slug:slug>/", include(screened)),
    *accounts_of_people,
]
