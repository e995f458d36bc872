"""Who may do what: one line for each address, for each object and for each kind of person.

An answer is a status; `yes`: it was done, and rows changed. With any other answer none did.

Who is not in the study has no column. Whoever is not signed in (anonymous, or with an account that
was switched off) is led to the sign-in; a superuser without membership, members of another study
and members who are not active find nothing there (404). ELSEWHERE names the exceptions.

The names of things (`accepted`, `own_talk`, …) and of people are those of access_world.py.
"""

import uuid
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from incidents.queries.criteria import criteria_of
from reports.models import Dashboard, Report
from taxonomy.models import Pile, Sort

PEOPLE = (
    "no_role",  # all roles removed
    "owner",  # an interviewer: own incidents in every state
    "interviewer",  # another interviewer, who told what is coded
    "coder",  # has an assignment and an answer
    "other_coder",
    "analyst",
    "admin",
    "interviewer_coder",
    "coder_analyst",
    "blind",  # a coder and analyst with an open assignment in `planned_scheme`
)

ACCESS = """
                                                           no  own int cod oth ana adm i+c c+a bli
# Everybody
GET  reports:home                           nothing        200 200 200 200 200 200 200 200 200 200
GET  reports:study_create                   nothing        403 403 403 403 403 403 403 403 403 403
POST reports:study_create                   nothing        403 403 403 403 403 403 403 403 403 403
GET  reports:study_show                     nothing        200 200 200 200 200 200 200 200 200 200
GET  reports:study_interviewers             nothing        403 403 403 403 403 403 200 403 403 403
GET  reports:help_index                     nothing        200 200 200 200 200 200 200 200 200 200
GET  reports:help_show                      chapter        200 200 200 200 200 200 200 200 200 200
GET  reports:component_list                 nothing        404 404 404 404 404 404 404 404 404 404

# One's own account: everybody's, of a study or not
GET  incidents:account_show                 nothing        200 200 200 200 200 200 200 200 200 200
POST incidents:account_show                 nothing        yes yes yes yes yes yes yes yes yes yes
POST incidents:session_end                  nothing        yes yes yes yes yes yes yes yes yes yes
POST incidents:sessions_end                 nothing        yes yes yes yes yes yes yes yes yes yes
GET  incidents:file_ready?file=/s/a/b.csv   nothing        200 200 200 200 200 200 200 200 200 200

# Interviews: one's own, all for admins
GET  incidents:interview_list               nothing        403 200 200 403 403 403 200 200 403 403
GET  incidents:interview_open               nothing        403 200 200 403 403 403 200 200 403 403
POST incidents:interview_open               nothing        403 yes yes 403 403 403 yes yes 403 403
GET  incidents:interview_show               own_talk       403 200 404 403 403 403 200 404 403 403
GET  incidents:interview_show               their_talk     403 404 200 403 403 403 200 404 403 403
POST incidents:interview_submit             own_talk       403 yes 404 403 403 403 302 404 403 403
POST incidents:interview_consent            own_talk       403 yes 404 403 403 403 yes 404 403 403
POST incidents:none_recalled_record         own_talk       403 yes 404 403 403 403 yes 404 403 403
POST incidents:none_recalled_take_back      own_talk       403 yes 404 403 403 403 yes 404 403 403
POST incidents:incident_received            nothing        403 200 200 403 403 403 200 200 403 403
GET  incidents:guide_show                   nothing        403 200 200 403 403 403 200 200 403 403

# Telling: in one's own interviews, in all for admins; each with drafts of their own
GET  incidents:incident_record              unsent         403 200 404 403 403 403 200 404 403 403
GET  incidents:incident_record              submitted      403 200 404 403 403 403 200 404 403 403
GET  incidents:incident_record              returned       403 200 404 403 403 403 200 404 403 403
GET  incidents:incident_record              accepted       403 302 404 403 403 403 302 404 403 403
GET  incidents:incident_record              excluded       403 302 404 403 403 403 302 404 403 403
GET  incidents:incident_record              withdrawn      403 200 404 403 403 403 302 404 403 403
GET  incidents:incident_record              importing      403 200 404 403 403 403 200 404 403 403
GET  incidents:incident_record              held_out       403 302 404 403 403 403 302 404 403 403
GET  incidents:incident_record              theirs         403 404 302 403 403 403 302 404 403 403
POST incidents:incident_record              unsent         403 yes 404 403 403 403 yes 404 403 403
POST incidents:incident_record              submitted      403 yes 404 403 403 403 yes 404 403 403
POST incidents:incident_draft               unsent         403 yes 404 403 403 403 yes 404 403 403
POST incidents:incident_draft               submitted      403 yes 404 403 403 403 yes 404 403 403
POST incidents:incident_draft               theirs         403 404 yes 403 403 403 yes 404 403 403
POST incidents:incident_submit              unsent         403 yes 404 403 403 403 yes 404 403 403
POST incidents:incident_submit              returned       403 yes 404 403 403 403 yes 404 403 403
GET  incidents:incident_discard             unsent         403 200 404 403 403 403 404 404 403 403
POST incidents:incident_discard             unsent         403 yes 404 403 403 403 404 404 403 403
GET  incidents:incident_conflict            contested      403 200 404 403 403 403 404 404 403 403
POST incidents:incident_conflict            contested      403 yes 404 403 403 403 404 404 403 403
GET  incidents:incident_mine                nothing        403 200 200 403 403 403 200 200 403 403

# Reading an incident: one's own, assigned ones, accepted ones for analysts
GET  incidents:incident_show                unsent         404 404 404 404 404 404 404 404 404 404
GET  incidents:incident_show                submitted      404 200 404 404 404 404 200 404 404 404
GET  incidents:incident_show                contested      404 200 404 404 404 404 200 404 404 404
GET  incidents:incident_show                returned       404 200 404 404 404 404 200 404 404 404
GET  incidents:incident_show                excluded       404 200 404 404 404 404 200 404 404 404
GET  incidents:incident_show                drawn          404 200 404 404 404 404 302 404 404 404
GET  incidents:incident_show                twice_screened 404 200 404 404 404 404 200 404 404 404
GET  incidents:incident_show                accepted       404 200 404 404 404 200 200 404 200 200
GET  incidents:incident_show                withdrawn      404 404 404 404 404 404 200 404 404 404
GET  incidents:incident_show                importing      404 404 404 404 404 404 404 404 404 404
GET  incidents:incident_show                held_out       404 404 404 404 404 404 404 404 404 404
GET  incidents:incident_show                theirs         404 404 200 404 404 200 200 404 200 200
GET  incidents:incident_show                theirs_waiting 404 404 200 404 404 404 200 404 404 404
GET  incidents:incident_show                assigned       404 404 200 200 404 200 200 404 200 200
GET  incidents:incident_show                coded          404 404 200 200 404 200 200 404 200 200
GET  incidents:incident_show                coded_by_other 404 404 200 404 200 200 200 404 200 200
GET  incidents:incident_show                next           404 404 200 404 200 200 200 404 200 200
GET  incidents:incident_show                planned        404 404 200 404 200 200 200 404 200 200
GET  incidents:incident_show                gone           404 404 404 404 404 404 200 404 404 404
GET  incidents:incident_show                both_roles     404 404 404 404 404 200 200 200 200 200
GET  incidents:incident_show                shared         404 404 200 404 404 200 200 200 200 200
GET  reports:incident_list                  nothing        403 200 200 200 200 200 200 200 200 200
GET  reports:incident_list?q=words          nothing        403 200 200 200 200 200 200 200 200 200
GET  reports:incident_list?state=withdrawn  nothing        403 200 200 200 200 200 200 200 200 200
GET  reports:incident_list?state=excluded   nothing        403 200 200 200 200 200 200 200 200 200
GET  reports:incident_list?state=importing  nothing        403 200 200 200 200 200 422 200 200 200
GET  reports:incident_list?state=held_out   nothing        403 200 200 200 200 200 422 200 200 200
GET  reports:incident_count                 nothing        403 200 200 200 200 200 200 200 200 200
GET  reports:filter_choices                 by_category    403 404 404 200 200 200 200 200 200 200
GET  reports:filter_choices                 by_place       403 200 200 404 404 200 200 404 200 200

# How the grid is kept: one's own filters, and those shared by an admin
POST reports:grid_columns                   nothing        403 yes yes yes yes yes yes yes yes yes
GET  reports:filter_list                    nothing        403 200 200 200 200 200 200 200 200 200
POST reports:filter_save                    nothing        403 yes yes yes yes yes yes yes yes yes
GET  reports:filter_edit                    filter_own     403 404 404 404 404 200 404 404 404 404
GET  reports:filter_edit                    filter_shared  403 404 404 404 404 404 200 404 404 404
POST reports:filter_edit                    filter_own     403 404 404 404 404 yes 404 404 404 404
POST reports:filter_delete                  filter_own     403 404 404 404 404 yes 404 404 404 404
POST reports:filter_delete                  filter_shared  403 404 404 404 404 404 yes 404 404 404
POST reports:filter_open                    filter_own     403 404 404 404 404 yes 404 404 404 404
POST reports:filter_open                    filter_shared  403 yes yes yes yes yes yes yes yes yes

# Deciding on many at once: admins
POST reports:bulk_ask                       submitted      403 403 403 403 403 403 yes 403 403 403
GET  reports:bulk_list                      nothing        403 403 403 403 403 403 200 403 403 403
GET  reports:bulk_show                      bulk_act       403 403 403 403 403 403 200 403 403 403
POST reports:bulk_undo                      bulk_act       403 403 403 403 403 403 yes 403 403 403

# Screening: admins
GET  incidents:screening_queue              nothing        403 403 403 403 403 403 200 403 403 403
GET  incidents:screening_next               nothing        403 403 403 403 403 403 yes 403 403 403
GET  incidents:screening_show               submitted      403 403 403 403 403 403 200 403 403 403
GET  incidents:screening_show               withdrawn      403 403 403 403 403 403 200 403 403 403
GET  incidents:screening_show               importing      403 403 403 403 403 403 404 403 403 403
GET  incidents:screening_show               held_out       403 403 403 403 403 403 404 403 403 403
GET  incidents:held_out_withdraw            held_out       403 403 403 403 403 403 200 403 403 403
GET  incidents:held_out_withdraw            accepted       403 403 403 403 403 403 404 403 403 403
POST incidents:held_out_withdraw            held_out       403 403 403 403 403 403 yes 403 403 403
GET  incidents:screening_show               unsent         403 403 403 403 403 403 404 403 403 403
POST incidents:screening_accept             submitted      403 403 403 403 403 403 yes 403 403 403
POST incidents:screening_accept             accepted       403 403 403 403 403 403 409 403 403 403
POST incidents:screening_accept             importing      403 403 403 403 403 403 404 403 403 403
POST incidents:screening_accept             held_out       403 403 403 403 403 403 404 403 403 403
POST incidents:screening_return             submitted      403 403 403 403 403 403 yes 403 403 403
POST incidents:screening_exclude            submitted      403 403 403 403 403 403 yes 403 403 403
POST incidents:screening_withdraw           accepted       403 403 403 403 403 403 yes 403 403 403
POST incidents:screening_withdraw           withdrawn      403 403 403 403 403 403 409 403 403 403
GET  incidents:incident_divide              submitted      403 403 403 403 403 403 200 403 403 403
POST incidents:incident_divide              submitted      403 403 403 403 403 403 yes 403 403 403
POST incidents:incident_divide              importing      403 403 403 403 403 403 404 403 403 403
POST incidents:incident_divide              held_out       403 403 403 403 403 403 404 403 403 403
POST incidents:incident_told_as             accepted       403 403 403 403 403 403 yes 403 403 403
POST incidents:incident_told_as             importing      403 403 403 403 403 403 404 403 403 403
POST incidents:incident_told_as             held_out       403 403 403 403 403 403 404 403 403 403
POST incidents:moment_valence               accepted       403 403 403 403 403 403 yes 403 403 403
POST incidents:moment_valence               importing      403 403 403 403 403 403 404 403 403 403
POST incidents:moment_valence               held_out       403 403 403 403 403 403 404 403 403 403

# Screening by two, stories told twice, and what a study asks: admins
GET  incidents:agreement_show               nothing        403 403 403 403 403 403 200 403 403 403
GET  incidents:second_next                  nothing        403 403 403 403 403 403 yes 403 403 403
GET  incidents:second_show                  drawn          403 403 403 403 403 403 200 403 403 403
POST incidents:second_show                  drawn          403 403 403 403 403 403 yes 403 403 403
GET  incidents:screening_show               drawn          403 403 403 403 403 403 302 403 403 403
GET  incidents:disagreement_settle          differing      403 403 403 403 403 403 200 403 403 403
POST incidents:disagreement_settle          differing      403 403 403 403 403 403 yes 403 403 403
GET  incidents:likeness_list                nothing        403 403 403 403 403 403 200 403 403 403
GET  incidents:likeness_show                alike          403 403 403 403 403 403 200 403 403 403
POST incidents:likeness_judge               alike          403 403 403 403 403 403 yes 403 403 403
GET  incidents:criteria_edit                nothing        403 403 403 403 403 403 200 403 403 403
POST incidents:criteria_edit                nothing        403 403 403 403 403 403 yes 403 403 403
POST incidents:criteria_from_template       nothing        403 403 403 403 403 403 yes 403 403 403
GET  incidents:criterion_create             nothing        403 403 403 403 403 403 200 403 403 403
POST incidents:criterion_create             nothing        403 403 403 403 403 403 yes 403 403 403

# Coding: coders, what is theirs
GET  taxonomy:coding_list                   nothing        403 403 403 200 200 403 403 200 200 200
GET  taxonomy:coding_mine                   nothing        403 403 403 200 200 403 403 200 200 200
GET  taxonomy:coding_next                   kinds          403 403 403 200 200 403 403 200 yes yes
GET  taxonomy:coding_next                   planned_scheme 403 403 403 200 200 403 403 200 200 200
GET  taxonomy:coding_ahead                  kinds          403 403 403 200 200 403 403 200 yes yes
GET  taxonomy:coding_ahead                  planned_scheme 403 403 403 200 200 403 403 200 200 200
GET  taxonomy:coding_aside                  kinds          403 403 403 200 200 403 403 200 200 200
GET  taxonomy:coding_show                   task_assigned  403 403 403 200 404 403 403 404 404 404
GET  taxonomy:coding_show                   task_coded     403 403 403 200 404 403 403 404 404 404
GET  taxonomy:coding_show                   task_shared    403 403 403 404 404 403 403 200 404 404
GET  taxonomy:coding_show                   task_gone      403 403 403 404 404 403 403 404 404 404
GET  taxonomy:coding_show                   task_planned   403 403 403 404 404 403 403 404 404 200
POST taxonomy:coding_record                 task_assigned  403 403 403 yes 404 403 403 404 404 404
POST taxonomy:coding_record                 task_coded     403 403 403 yes 404 403 403 404 404 404
POST taxonomy:coding_record                 task_gone      403 403 403 409 404 403 403 404 404 404
POST taxonomy:coding_record                 task_planned   403 403 403 404 404 403 403 404 404 yes
POST taxonomy:coding_put_aside              task_assigned  403 403 403 yes 404 403 403 404 404 404
POST taxonomy:coding_take_back              answer_coded   403 403 403 yes 404 403 403 404 404 404
POST taxonomy:coding_take_back              answer_planned 403 403 403 404 yes 403 403 404 404 404

# Saved tables: one's own, and those shared, but not of a scheme that is coded blindly
POST reports:table_keep                     kinds          403 403 403 403 403 yes yes 403 yes yes
POST reports:table_keep                     planned_scheme 403 403 403 403 403 yes yes 403 yes 200
GET  reports:table_open                     table_own      403 403 403 403 403 302 404 403 404 404
GET  reports:table_open                     table_shared   403 403 403 403 403 302 302 403 302 302
GET  reports:table_open                     table_hidden   403 403 403 403 403 302 302 403 302 404
GET  reports:table_open                     table_deleted  403 403 403 403 403 404 404 403 404 404
GET  reports:table_edit                     table_own      403 403 403 403 403 200 404 403 404 404
GET  reports:table_edit                     table_shared   403 403 403 403 403 404 200 403 404 404
POST reports:table_edit                     table_own      403 403 403 403 403 yes 404 403 404 404
POST reports:table_edit                     table_shared   403 403 403 403 403 404 yes 403 404 404
POST reports:table_duplicate                table_shared   403 403 403 403 403 yes yes 403 yes yes
POST reports:table_duplicate                table_hidden   403 403 403 403 403 yes yes 403 yes 404
POST reports:table_move                     table_own      403 403 403 403 403 yes 404 403 404 404
POST reports:table_delete                   table_own      403 403 403 403 403 yes 404 403 404 404
POST reports:table_delete                   table_shared   403 403 403 403 403 404 yes 403 404 404
POST reports:table_restore                  table_deleted  403 403 403 403 403 yes 404 403 404 404
POST reports:table_restore                  table_own      403 403 403 403 403 404 404 403 404 404
GET  reports:table_schedule                 table_own      403 403 403 403 403 200 404 403 404 404
GET  reports:table_schedule                 table_shared   403 403 403 403 403 404 200 403 404 404
POST reports:table_schedule                 table_own      403 403 403 403 403 yes 404 403 404 404
POST reports:table_schedule                 table_shared   403 403 403 403 403 404 yes 403 404 404
POST reports:schedule_stop                  table_own      403 403 403 403 403 yes 404 403 404 404
POST reports:schedule_stop                  table_shared   403 403 403 403 403 404 yes 403 404 404

# Runs: like tables; those with names of organizations for who may read these
POST reports:run_ask                        kinds          403 403 403 403 403 yes yes 403 yes yes
POST reports:run_ask                        planned_scheme 403 403 403 403 403 yes yes 403 yes 200
GET  reports:run_list                       nothing        403 403 403 403 403 200 200 403 200 200
GET  reports:run_show                       run            403 403 403 403 403 200 200 403 200 200
GET  reports:run_show                       run_named      403 403 403 403 403 404 200 403 404 404
GET  reports:run_show                       run_hidden     403 403 403 403 403 200 200 403 200 404
GET  reports:run_chart                      run_drawn      403 403 403 403 403 yes yes 403 yes yes
GET  reports:run_chart                      run_named_drawn 403 403 403 403 403 404 yes 403 404 404
GET  reports:run_chart                      run_hidden_drawn 403 403 403 403 403 yes yes 403 yes 404
GET  reports:run_compare                    runs           403 403 403 403 403 200 200 403 200 200

# Tables, and the words behind them: analysts and admins, unless they still code blindly
GET  reports:dashboard                      nothing        403 403 403 403 403 200 200 403 200 200
GET  reports:funnel_show                    nothing        403 403 403 403 403 200 200 403 200 200
GET  reports:method_show                    nothing        403 403 403 403 403 200 200 403 200 200
GET  reports:method_edit                    nothing        403 403 403 403 403 200 200 403 200 200
POST reports:method_edit                    nothing        403 403 403 403 403 yes yes 403 yes yes
GET  reports:table_show                     kinds          403 403 403 403 403 200 200 403 200 200
GET  reports:table_show?by=organization     kinds          403 403 403 403 403 200 200 403 200 200
GET  reports:table_show?filters=open        kinds          403 403 403 403 403 200 200 403 200 200
GET  reports:table_show?by=interviewer      kinds          403 403 403 403 403 422 200 403 422 422
GET  reports:table_show?by=scheme:planned-scheme:1 kinds 403 403 403 403 403 200 200 403 200 422
GET  reports:verbatim_list?by=interviewer   kinds          403 403 403 403 403 422 200 403 422 422
GET  reports:table_show                     planned_scheme 403 403 403 403 403 200 200 403 200 200
GET  reports:table_show?filters=open        planned_scheme 403 403 403 403 403 200 200 403 200 200
GET  reports:table_fresh                    kinds          403 403 403 403 403 200 200 403 200 200
GET  reports:table_fresh                    planned_scheme 403 403 403 403 403 200 200 403 200 204
GET  reports:table_interviews               kinds          403 403 403 403 403 200 200 403 200 200
GET  reports:table_interviews               planned_scheme 403 403 403 403 403 200 200 403 200 200
GET  reports:ready_sides                    kinds          403 403 403 403 403 200 200 403 200 200
GET  reports:ready_sides                    planned_scheme 403 403 403 403 403 200 200 403 200 200
GET  reports:ready_valences                 kinds          403 403 403 403 403 200 200 403 200 200
GET  reports:ready_valences                 planned_scheme 403 403 403 403 403 200 200 403 200 200
GET  reports:ready_causes                   kinds          403 403 403 403 403 200 200 403 200 200
GET  reports:ready_causes                   planned_scheme 403 403 403 403 403 200 200 403 200 200
GET  reports:table_past                     kinds          403 403 403 403 403 200 200 403 200 200
GET  reports:table_past                     planned_scheme 403 403 403 403 403 200 200 403 200 200
GET  reports:table_csv                      kinds          403 403 403 403 403 yes yes 403 yes yes
GET  reports:table_csv?by=organization      kinds          403 403 403 403 403 yes yes 403 yes yes
GET  reports:table_csv                      planned_scheme 403 403 403 403 403 yes yes 403 yes 404
GET  reports:table_xlsx?by=organization     kinds          403 403 403 403 403 yes yes 403 yes yes
GET  reports:table_xlsx                     planned_scheme 403 403 403 403 403 yes yes 403 yes 404
GET  reports:verbatim_list?row=base         kinds          403 403 403 403 403 200 200 403 200 200
GET  reports:verbatim_list?row=not_coded    kinds          403 403 403 403 403 200 200 403 200 200
GET  reports:verbatim_list?unit=incidents   kinds          403 403 403 403 403 200 200 403 200 200
GET  reports:verbatim_list                  planned_scheme 403 403 403 403 403 200 200 403 200 200

# Quotes: analysts and admins; a quote has no coding, and its category is for who sees results
GET  reports:quote_list                     nothing        403 403 403 403 403 200 200 403 200 200
GET  reports:quote_list?q=words             nothing        403 403 403 403 403 200 200 403 200 200
GET  reports:quotes_text                    nothing        403 403 403 403 403 yes yes 403 yes yes
GET  reports:quotes_csv                     nothing        403 403 403 403 403 yes yes 403 yes yes
GET  reports:quote_collect                  told_accepted  403 403 403 403 403 200 200 403 200 200
GET  reports:quote_collect                  told_submitted 403 403 403 403 403 404 404 403 404 404
GET  reports:quote_collect                  told_withdrawn 403 403 403 403 403 404 404 403 404 404
GET  reports:quote_collect                  told_held_out  403 403 403 403 403 404 404 403 404 404
GET  reports:quote_edit                     quote          403 403 403 403 403 200 200 403 200 200
GET  reports:quote_edit                     quote_gone     403 403 403 403 403 200 200 403 200 200
GET  reports:quote_edit                     quote_off      403 403 403 403 403 404 404 403 404 404
POST reports:quote_collect                  told_accepted  403 403 403 403 403 yes yes 403 yes yes
POST reports:quote_collect                  told_withdrawn 403 403 403 403 403 404 404 403 404 404
POST reports:quote_collect                  told_theirs    403 403 403 403 403 422 422 403 422 422
POST reports:quote_edit                     quote          403 403 403 403 403 yes yes 403 yes yes
POST reports:quote_replace                  quote          403 403 403 403 403 yes yes 403 yes yes
POST reports:quote_confirm                  quote          403 403 403 403 403 yes yes 403 yes yes
POST reports:quote_confirm                  quote_gone     403 403 403 403 403 422 422 403 422 422
POST reports:quote_take_back                quote          403 403 403 403 403 yes yes 403 yes yes
POST reports:quote_move                     quote          403 403 403 403 403 yes yes 403 yes yes
POST reports:quote_delete                   quote          403 403 403 403 403 yes yes 403 yes yes
POST reports:quote_restore                  quote_off      403 403 403 403 403 yes yes 403 yes yes
POST reports:quote_restore                  quote          403 403 403 403 403 404 404 403 404 404

# Dashboards: read by analysts and admins, each as far as they may see; composed as reports are
GET  reports:front_show                   nothing        403 403 403 403 403 200 200 403 200 200
GET  reports:front_present                nothing        403 403 403 403 403 200 200 403 200 200
POST reports:front_compute                nothing        403 403 403 403 403 yes yes 403 yes yes
GET  reports:dashboard_list               nothing        403 403 403 403 403 200 200 403 200 200
GET  reports:dashboard_show               board          403 403 403 403 403 200 200 403 200 200
GET  reports:dashboard_present            board          403 403 403 403 403 200 200 403 200 200
POST reports:dashboard_compute            board          403 403 403 403 403 yes yes 403 yes yes
GET  reports:dashboard_show               board_gone     403 403 403 403 403 404 404 403 404 404
GET  reports:dashboard_create             nothing        403 403 403 403 403 200 404 403 404 404
POST reports:dashboard_create             nothing        403 403 403 403 403 yes 404 403 404 404
GET  reports:dashboard_compose            board          403 403 403 403 403 200 404 403 404 404
GET  reports:dashboard_edit               board          403 403 403 403 403 200 404 403 404 404
POST reports:dashboard_edit               board          403 403 403 403 403 yes 404 403 404 404
POST reports:dashboard_delete             board          403 403 403 403 403 yes 404 403 404 404
POST reports:dashboard_restore            board_gone     403 403 403 403 403 yes 404 403 404 404
POST reports:dashboard_restore            board          403 403 403 403 403 404 404 403 404 404
POST reports:dashboard_add_table          board          403 403 403 403 403 yes 404 403 404 404
POST reports:dashboard_add_quote          board          403 403 403 403 403 yes 404 403 404 404
POST reports:dashboard_add_words          board          403 403 403 403 403 yes 404 403 404 404
GET  reports:dashboard_item_edit          board_table    403 403 403 403 403 200 404 403 404 404
GET  reports:dashboard_item_edit          board_words    403 403 403 403 403 200 404 403 404 404
GET  reports:dashboard_item_edit          board_quote    403 403 403 403 403 404 404 403 404 404
POST reports:dashboard_item_edit          board_words    403 403 403 403 403 yes 404 403 404 404
POST reports:dashboard_item_move          board_words    403 403 403 403 403 yes 404 403 404 404
POST reports:dashboard_item_remove        board_words    403 403 403 403 403 yes 404 403 404 404
POST reports:dashboard_item_restore       board_removed  403 403 403 403 403 yes 404 403 404 404
POST reports:dashboard_item_restore       board_words    403 403 403 403 403 302 404 403 404 404

# Links for clients: made by who composes; what they open is for whoever has the address (BY_LINK)
GET  reports:link_list                    board          403 403 403 403 403 200 404 403 404 404
GET  reports:link_list                    board_gone     403 403 403 403 403 404 404 403 404 404
GET  reports:link_create                  board          403 403 403 403 403 200 404 403 404 404
POST reports:link_create                  board          403 403 403 403 403 yes 404 403 404 404
GET  reports:link_show                    link_made      403 403 403 403 403 200 404 403 404 404
GET  reports:link_show                    link_waiting   403 403 403 403 403 200 404 403 404 404
GET  reports:link_show                    link_revoked   403 403 403 403 403 200 404 403 404 404
GET  reports:link_preview                 link_made      403 403 403 403 403 200 404 403 404 404
GET  reports:link_preview                 link_waiting   403 403 403 403 403 404 404 403 404 404
GET  reports:link_preview                 link_revoked   403 403 403 403 403 200 404 403 404 404
POST reports:link_renew                   link_made      403 403 403 403 403 yes 404 403 404 404
POST reports:link_renew                   link_revoked   403 403 403 403 403 302 404 403 404 404
POST reports:link_revoke                  link_made      403 403 403 403 403 yes 404 403 404 404
POST reports:link_revoke                  link_revoked   403 403 403 403 403 302 404 403 404 404

# Reports: analysts and admins from whom no scheme is hidden; the admin and c+a are blind in one
GET  reports:report_list                  nothing        403 403 403 403 403 200 200 403 200 200
GET  reports:report_create                nothing        403 403 403 403 403 200 404 403 404 404
POST reports:report_create                nothing        403 403 403 403 403 yes 404 403 404 404
GET  reports:report_show                  report         403 403 403 403 403 200 404 403 404 404
GET  reports:report_edit                  report         403 403 403 403 403 200 404 403 404 404
POST reports:report_edit                  report         403 403 403 403 403 yes 404 403 404 404
POST reports:report_delete                report         403 403 403 403 403 yes 404 403 404 404
GET  reports:report_show                  report_gone    403 403 403 403 403 404 404 403 404 404
POST reports:report_restore               report_gone    403 403 403 403 403 yes 404 403 404 404
POST reports:report_restore               report         403 403 403 403 403 404 404 403 404 404
POST reports:report_add_run               report         403 403 403 403 403 yes 404 403 404 404
POST reports:report_add_quote             report         403 403 403 403 403 yes 404 403 404 404
POST reports:report_add_words             report         403 403 403 403 403 yes 404 403 404 404
GET  reports:report_item_edit             report_run     403 403 403 403 403 200 404 403 404 404
GET  reports:report_item_edit             report_words   403 403 403 403 403 200 404 403 404 404
GET  reports:report_item_edit             report_removed 403 403 403 403 403 404 404 403 404 404
POST reports:report_item_edit             report_words   403 403 403 403 403 yes 404 403 404 404
POST reports:report_item_move             report_words   403 403 403 403 403 yes 404 403 404 404
POST reports:report_item_remove           report_words   403 403 403 403 403 yes 404 403 404 404
POST reports:report_item_restore          report_removed 403 403 403 403 403 yes 404 403 404 404
POST reports:report_item_restore          report_words   403 403 403 403 403 302 404 403 404 404
POST reports:document_make                report         403 403 403 403 403 yes 404 403 404 404
GET  reports:document_show                document_made  403 403 403 403 403 200 404 403 404 404
GET  reports:document_show                document_waiting 403 403 403 403 403 200 404 403 404 404
GET  reports:document_file                document_made  403 403 403 403 403 yes 404 403 404 404
GET  reports:document_file                document_waiting 403 403 403 403 403 404 404 403 404 404

# Files of all moments: one's own, all for admins; with names for admins; of interviewers what they
# were told. The admin and `blind` are
# blind by now in a scheme of some
GET  reports:export_list                    nothing        403 200 200 403 403 200 200 200 200 200
GET  reports:export_ask                     nothing        403 200 200 403 403 200 200 200 200 200
POST reports:export_ask                     nothing        403 yes yes 403 403 yes yes yes yes yes
GET  reports:export_show                    export_analyst 403 404 404 403 403 200 200 404 404 404
GET  reports:export_show                    export_waiting 403 404 404 403 403 200 200 404 404 404
GET  reports:export_show                    export_full    403 404 404 403 403 404 200 404 404 404
GET  reports:export_show                    export_blind   403 404 404 403 403 404 200 404 404 200
GET  reports:export_show                    export_own     403 200 404 403 403 404 200 404 404 404
GET  reports:export_file                    export_analyst 403 404 404 403 403 yes 404 404 404 404
GET  reports:export_file                    export_waiting 403 404 404 403 403 404 404 404 404 404
GET  reports:export_file                    export_full    403 404 404 403 403 404 yes 404 404 404
GET  reports:export_file                    export_blind   403 404 404 403 403 404 404 404 404 404
GET  reports:export_file                    export_own     403 yes 404 403 403 404 yes 404 404 404
GET  reports:export_delete                  export_analyst 403 404 404 403 403 200 200 404 404 404
GET  reports:export_delete                  export_waiting 403 404 404 403 403 302 302 404 404 404
POST reports:export_delete                  export_analyst 403 404 404 403 403 yes yes 404 404 404
POST reports:export_delete                  export_full    403 404 404 403 403 404 yes 404 404 404
POST reports:export_delete                  export_own     403 yes 404 403 403 404 yes 404 404 404

# Schemes: every role reads, admins edit
GET  taxonomy:scheme_list                   nothing        403 200 200 200 200 200 200 200 200 200
GET  taxonomy:scheme_show                   kinds          403 200 200 200 200 200 200 200 200 200
GET  taxonomy:scheme_show                   planned_scheme 403 200 200 200 200 200 200 200 200 200
GET  taxonomy:scheme_board                  kinds          403 200 200 200 200 200 200 200 200 200
GET  taxonomy:scheme_board                  planned_scheme 403 200 200 200 200 200 200 200 200 200
GET  taxonomy:categories_place              drawn_up       403 403 403 403 403 403 200 403 403 403
POST taxonomy:categories_place              drawn_up       403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:categories_merge              drawn_up       403 403 403 403 403 403 200 403 403 403
POST taxonomy:categories_merge              drawn_up       403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:categories_preview            drawn_up       403 403 403 403 403 403 200 403 403 403
POST taxonomy:categories_preview            drawn_up       403 403 403 403 403 403 200 403 403 403
GET  taxonomy:scheme_history                drawn_up       403 200 200 200 200 200 200 200 200 200
GET  taxonomy:revision_compare              drawn_up       403 200 200 200 200 200 200 200 200 200
GET  taxonomy:scheme_create                 nothing        403 403 403 403 403 403 200 403 403 403
POST taxonomy:scheme_create                 nothing        403 403 403 403 403 403 yes 403 403 403
POST taxonomy:scheme_from_template          nothing        403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:scheme_from_file              nothing        403 403 403 403 403 403 200 403 403 403
POST taxonomy:scheme_from_file              nothing        403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:scheme_from_file_preview      new_scheme     403 403 403 403 403 403 200 403 403 403
POST taxonomy:scheme_from_file_preview      new_scheme     403 403 403 403 403 403 yes 403 403 403
POST taxonomy:scheme_from_file_discard      new_scheme     403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:scheme_export                 drawn_up       403 200 200 200 200 200 200 200 200 200
GET  taxonomy:scheme_export                 planned_scheme 403 200 200 200 200 200 200 200 200 200
GET  taxonomy:scheme_export?form=json       drawn_up       403 yes yes yes yes yes yes yes yes yes
GET  taxonomy:scheme_export?form=qdc        drawn_up       403 yes yes yes yes yes yes yes yes yes
GET  taxonomy:scheme_answers                kinds          403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:scheme_answers                planned_scheme 403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:scheme_against_any            kinds          403 403 403 302 302 302 302 302 302 302
GET  taxonomy:scheme_against                two_schemes    403 403 403 200 200 200 200 200 200 200
GET  taxonomy:scheme_against                with_planned   403 403 403 200 200 200 200 200 200 200
GET  taxonomy:scheme_against_csv            two_schemes    403 403 403 403 403 yes yes 403 yes yes
GET  taxonomy:scheme_against_csv            with_planned   403 403 403 403 403 yes yes 403 yes 404
GET  taxonomy:saturation_show               kinds          403 403 403 403 403 200 200 403 200 200
GET  taxonomy:saturation_show               planned_scheme 403 403 403 403 403 200 200 403 200 200
POST taxonomy:saturation_count              kinds          403 403 403 403 403 yes yes 403 yes yes
POST taxonomy:saturation_count              planned_scheme 403 403 403 403 403 yes yes 403 yes 302
GET  taxonomy:suggestions_show              suggesting     403 403 403 200 200 200 200 200 200 200
GET  taxonomy:suggestions_show              planned_scheme 403 403 403 200 200 200 200 200 200 200
POST taxonomy:suggestions_train             suggesting     403 403 403 403 403 403 yes 403 403 403
POST taxonomy:suggestions_offer             suggesting     403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:suggestions_doubts            suggesting     403 403 403 403 403 200 200 403 200 200
GET  taxonomy:suggestions_doubts            planned_scheme 403 403 403 403 403 200 200 403 200 200
POST taxonomy:suggestions_look              doubt          403 403 403 403 403 yes yes 403 yes yes
GET  taxonomy:reliability_show              kinds          403 403 403 200 200 200 200 200 200 200
GET  taxonomy:reliability_show              measured       403 403 403 200 200 200 200 200 200 200
GET  taxonomy:reliability_show              planned_scheme 403 403 403 200 200 200 200 200 200 200
POST taxonomy:reliability_measure           measured       403 403 403 403 403 yes yes 403 yes yes
POST taxonomy:reliability_measure           planned_scheme 403 403 403 403 403 302 302 403 302 302
GET  taxonomy:reliability_confusion?a=none&b=none measured 403 403 403 403 403 200 200 403 200 200
GET  taxonomy:reliability_csv               measured       403 403 403 403 403 yes yes 403 yes yes
GET  taxonomy:reliability_csv               planned_scheme 403 403 403 403 403 404 404 403 404 404
GET  taxonomy:scheme_import                 drawn_up       403 403 403 403 403 403 200 403 403 403
POST taxonomy:scheme_import                 drawn_up       403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:scheme_import_preview         scheme_file    403 403 403 403 403 403 200 403 403 403
POST taxonomy:scheme_import_preview         scheme_file    403 403 403 403 403 403 yes 403 403 403
POST taxonomy:scheme_import_discard         scheme_file    403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:round_create                  drawn_up       403 403 403 403 403 403 200 403 403 403
POST taxonomy:round_create                  drawn_up       403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:round_edit                    round          403 403 403 403 403 403 200 403 403 403
POST taxonomy:round_edit                    round          403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:category_create               round          403 403 403 403 403 403 200 403 403 403
POST taxonomy:category_create               round          403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:category_show                 category       403 200 200 200 200 200 200 200 200 200
GET  taxonomy:category_history             category       403 200 200 200 200 200 200 200 200 200
GET  taxonomy:scheme_lineage               drawn_up       403 200 200 200 200 200 200 200 200 200
GET  taxonomy:scheme_lineage               planned_scheme 403 200 200 200 200 200 200 200 200 200
GET  taxonomy:category_lineage             category       403 200 200 200 200 200 200 200 200 200
GET  taxonomy:category_edit                 category       403 403 403 403 403 403 200 403 403 403
POST taxonomy:category_edit                 category       403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:category_split                category       403 403 403 403 403 403 200 403 403 403
POST taxonomy:category_split                category       403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:resort_desk                   parted         403 403 403 200 200 403 200 200 200 200
POST taxonomy:resort_record                 parted         403 403 403 yes 404 403 yes 404 404 404
POST taxonomy:resort_take_back              resorted       403 403 403 404 404 403 yes 404 404 404
GET  taxonomy:category_move                 twin           403 403 403 403 403 403 200 403 403 403
POST taxonomy:category_move                 twin           403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:category_retire               category       403 403 403 403 403 403 200 403 403 403
POST taxonomy:category_retire               category       403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:category_restore              retired        403 403 403 403 403 403 200 403 403 403
POST taxonomy:category_restore              retired        403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:round_freeze                  round          403 403 403 403 403 403 200 403 403 403
POST taxonomy:round_freeze                  round          403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:round_reopen                  frozen         403 403 403 403 403 403 200 403 403 403
POST taxonomy:round_reopen                  frozen         403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:round_drop                    upper          403 403 403 403 403 403 200 403 403 403
POST taxonomy:round_drop                    upper          403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:revision_undo                 revision       403 403 403 403 403 403 200 403 403 403
POST taxonomy:revision_undo                 revision       403 403 403 403 403 403 yes 403 403 403

# Proposals: one's own; for admins all, to be answered
GET  taxonomy:proposal_mine                 nothing        403 403 403 200 200 403 403 200 200 200
GET  taxonomy:proposal_list                 drawn_up       403 403 403 200 200 403 200 200 200 200
GET  taxonomy:proposal_new                  drawn_up       403 403 403 200 200 403 403 200 200 200
POST taxonomy:proposal_new                  drawn_up       403 403 403 yes yes 403 403 yes yes yes
GET  taxonomy:proposal_show                 proposed       403 403 403 200 404 403 200 404 404 404
GET  taxonomy:proposal_show                 declined       403 403 403 yes 404 403 200 404 404 404
POST taxonomy:proposal_withdraw             proposed       403 403 403 yes 404 403 404 404 404 404
POST taxonomy:proposal_accept               proposed       403 403 403 403 403 403 yes 403 403 403
POST taxonomy:proposal_accept               declined       403 403 403 403 403 403 422 403 403 403
GET  taxonomy:proposal_change               proposed       403 403 403 403 403 403 200 403 403 403
POST taxonomy:proposal_change               proposed       403 403 403 403 403 403 yes 403 403 403
POST taxonomy:proposal_decline              proposed       403 403 403 403 403 403 yes 403 403 403

# The holdout: admins; what it confirms: who reads results
GET  taxonomy:holdout_show                  nothing        403 403 403 403 403 403 200 403 403 403
GET  taxonomy:holdout_show                  apart          404 404 404 404 404 404 200 404 404 404
GET  taxonomy:holdout_draw                  apart          404 404 404 404 404 404 200 404 404 404
GET  taxonomy:holdout_draw                  nothing        403 403 403 403 403 403 200 403 403 403
POST taxonomy:holdout_draw                  apart          404 404 404 404 404 404 yes 404 404 404
POST taxonomy:holdout_draw                  nothing        403 403 403 403 403 403 422 403 403 403
GET  taxonomy:holdout_preview               held_asked     403 403 403 403 403 403 200 403 403 403
GET  taxonomy:holdout_preview               nothing        403 403 403 403 403 403 422 403 403 403
GET  taxonomy:holdout_release               nothing        403 403 403 403 403 403 200 403 403 403
POST taxonomy:holdout_release               nothing        403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:holdout_take_back             nothing        403 403 403 403 403 403 200 403 403 403
POST taxonomy:holdout_take_back             nothing        403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:holdout_release               apart          404 404 404 404 404 404 404 404 404 404
GET  taxonomy:holdout_confirm               kinds          403 403 403 403 403 200 200 403 200 200
GET  taxonomy:holdout_confirm               planned_scheme 403 403 403 403 403 200 200 403 200 200

# The coding plan: admins
GET  taxonomy:plan_list                     laid_out       403 403 403 403 403 403 200 403 403 403
GET  taxonomy:plan_list                     veiled         403 403 403 403 403 403 200 403 403 403
GET  taxonomy:plan_create                   laid_out       403 403 403 403 403 403 200 403 403 403
POST taxonomy:plan_create                   laid_out       403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:plan_preview                  plan_asked     403 403 403 403 403 403 200 403 403 403
GET  taxonomy:plan_preview                  laid_out       403 403 403 403 403 403 422 403 403 403
GET  taxonomy:plan_show                     plan           403 403 403 403 403 403 200 403 403 403
GET  taxonomy:plan_give_out                 plan           403 403 403 403 403 403 200 403 403 403
POST taxonomy:plan_give_out                 plan           403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:batch_show                    batch_due      403 403 403 403 403 403 200 403 403 403
GET  taxonomy:batch_show                    batch_paused   403 403 403 403 403 403 200 403 403 403
GET  taxonomy:batch_edit                    batch_due      403 403 403 403 403 403 200 403 403 403
POST taxonomy:batch_edit                    batch_due      403 403 403 403 403 403 yes 403 403 403
POST taxonomy:batch_pause                   batch_due      403 403 403 403 403 403 yes 403 403 403
POST taxonomy:batch_resume                  batch_paused   403 403 403 403 403 403 yes 403 403 403
POST taxonomy:batch_lock                    batch_due      403 403 403 403 403 403 302 403 403 403
POST taxonomy:batch_lock                    batch_paused   403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:batch_add_coder               batch_due      403 403 403 403 403 403 200 403 403 403
POST taxonomy:batch_add_coder               batch_due      403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:batch_hand_on                 batch_share    403 403 403 403 403 403 200 403 403 403
POST taxonomy:batch_hand_on                 batch_share    403 403 403 403 403 403 yes 403 403 403
POST taxonomy:batch_take_away               batch_share    403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:batch_show                    batch_recoded  403 403 403 403 403 403 200 403 403 403

# Coding again: admins draw; all who read results see the figures, coders what they said themselves
GET  taxonomy:recoding_create               recoded        403 403 403 403 403 403 200 403 403 403
POST taxonomy:recoding_create               recoded        403 403 403 403 403 403 yes 403 403 403
POST taxonomy:recoding_create               laid_out       403 403 403 403 403 403 422 403 403 403
GET  taxonomy:recoding_preview              recoding_asked 403 403 403 403 403 403 200 403 403 403
GET  taxonomy:recoding_preview              recoded        403 403 403 403 403 403 422 403 403 403
GET  taxonomy:reliability_show              recoded        403 403 403 200 200 200 200 200 200 200
POST taxonomy:recoding_measure              recoded        403 403 403 403 403 yes yes 403 yes yes
POST taxonomy:recoding_measure              planned_scheme 403 403 403 403 403 302 302 403 302 302
GET  taxonomy:recoding_apart                recoded        403 403 403 200 200 403 200 200 200 200
GET  taxonomy:recoding_apart?round=9        recoded        403 403 403 404 404 403 404 404 404 404
GET  taxonomy:recoding_apart                planned_scheme 403 403 403 200 404 403 200 200 200 404

# Training: admins make the sets, a newcomer sees what came of it, and admins do
GET  taxonomy:training_set_list             trained        403 403 403 403 403 403 200 403 403 403
GET  taxonomy:training_set_list             veiled         403 403 403 403 403 403 200 403 403 403
GET  taxonomy:training_set_create           trained        403 403 403 403 403 403 200 403 403 403
POST taxonomy:training_set_create           trained        403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:training_set_show             training_set   403 403 403 403 403 403 200 403 403 403
GET  taxonomy:training_set_add              training_set   403 403 403 403 403 403 200 403 403 403
POST taxonomy:training_set_add              training_set   403 403 403 403 403 403 yes 403 403 403
POST taxonomy:training_set_draw             training_set   403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:training_set_give             training_set   403 403 403 403 403 403 200 403 403 403
POST taxonomy:training_set_give             training_set   403 403 403 403 403 403 yes 403 403 403
POST taxonomy:training_set_retire           training_set   403 403 403 403 403 403 yes 403 403 403
POST taxonomy:training_set_restore          set_retired    403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:training_item_key             training_item  403 403 403 403 403 403 200 403 403 403
POST taxonomy:training_item_key             training_item  403 403 403 403 403 403 yes 403 403 403
POST taxonomy:training_item_move            training_item  403 403 403 403 403 403 yes 403 403 403
POST taxonomy:training_item_take_out        training_item  403 403 403 403 403 403 yes 403 403 403
POST taxonomy:training_take                 set_offered    403 403 403 yes 302 403 403 yes 302 302
GET  taxonomy:training_show                 training_open  403 403 403 404 404 404 200 404 404 200
GET  taxonomy:training_show                 training_done  403 403 403 404 200 404 200 404 404 404
POST taxonomy:training_finish               training_full  403 403 403 404 404 403 403 404 yes 404
POST taxonomy:training_finish               training_open  403 403 403 404 404 403 403 404 404 302
POST taxonomy:training_end                  training_open  403 403 403 403 403 403 yes 403 403 403

# Disputes: whoever codes looks into what they coded, admins decide
GET  taxonomy:dispute_list                  quarrel_scheme 403 403 403 200 200 200 200 200 200 200
GET  taxonomy:dispute_list?shown=all        decided_scheme 403 403 403 200 200 200 200 200 200 200
GET  taxonomy:dispute_list                  planned_scheme 403 403 403 200 200 200 200 200 200 200
GET  taxonomy:dispute_show                  quarrel        403 403 403 404 200 200 200 404 200 200
GET  taxonomy:dispute_show                  decided        403 403 403 404 200 200 200 404 200 200
POST taxonomy:dispute_decide                quarrel        403 403 403 403 403 403 yes 403 403 403
POST taxonomy:dispute_decide                decided        403 403 403 403 403 403 422 403 403 403
POST taxonomy:dispute_alike                 quarrel_scheme 403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:dispute_reopen                decision       403 403 403 403 403 403 200 403 403 403
POST taxonomy:dispute_reopen                decision       403 403 403 403 403 403 yes 403 403 403
POST taxonomy:dispute_take_back             decision       403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:coding_outcomes               nothing        403 403 403 200 200 403 403 200 200 200

# Sorts: one's own piles; results when all have finished; admins begin, end and take over
GET  taxonomy:look_list                     veiled         403 403 403 403 403 403 200 403 403 403
GET  taxonomy:look_list                     kinds          403 403 403 403 403 403 200 403 403 403
POST taxonomy:look_list                     veiled         403 403 403 403 403 403 yes 403 403 403
POST taxonomy:look_stop                     look           403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:sort_list                     drawn_up       403 403 403 200 200 200 200 200 200 200
GET  taxonomy:sort_create                   drawn_up       403 403 403 403 403 403 200 403 403 403
POST taxonomy:sort_create                   drawn_up       403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:sort_of_moments               drawn_up       403 403 403 403 403 403 200 403 403 403
POST taxonomy:sort_of_moments               drawn_up       403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:sort_show                     sort_open      403 403 403 200 200 200 200 404 200 200
GET  taxonomy:sort_show                     sort_done      403 403 403 200 404 200 200 404 200 200
POST taxonomy:sort_end                      sort_half      403 403 403 403 403 403 yes 403 403 403
POST taxonomy:sort_reopen                   sort_done      403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:sort_desk                     sort_open      403 403 403 200 200 404 404 404 404 404
GET  taxonomy:sort_desk                     sort_done      403 403 403 200 404 404 200 404 404 404
POST taxonomy:sort_put                      sort_open      403 403 403 yes yes 404 404 404 404 404
POST taxonomy:sort_undo                     sort_open      403 403 403 yes yes 404 404 404 404 404
POST taxonomy:sort_finish                   sort_open      403 403 403 yes yes 404 404 404 404 404
POST taxonomy:sort_resume                   sort_half      403 403 403 yes 302 404 404 404 404 404
POST taxonomy:pile_rename                   pile           403 403 403 yes 404 404 404 404 404 404
GET  taxonomy:sort_results                  sort_open      403 403 403 200 200 200 200 404 200 200
GET  taxonomy:sort_results                  sort_done      403 403 403 200 404 200 200 404 200 200
GET  taxonomy:sort_desk                     sort_told      403 403 403 404 404 200 200 404 404 404
GET  taxonomy:sort_results                  sort_told      403 403 403 404 404 200 200 404 200 200
POST taxonomy:sort_machine                  sort_done      403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:sort_piles                    sort_told      403 403 403 403 403 403 200 403 403 403
POST taxonomy:sort_piles                    sort_told      403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:sort_agree                    sort_done      403 403 403 403 403 403 200 403 403 403
POST taxonomy:sort_agree                    sort_done      403 403 403 403 403 403 yes 403 403 403
POST taxonomy:sort_settle                   sort_done      403 403 403 403 403 403 yes 403 403 403

# Imports: admins
GET  taxonomy:import_list                   nothing        403 403 403 403 403 403 200 403 403 403
GET  taxonomy:import_new                    nothing        403 403 403 403 403 403 200 403 403 403
POST taxonomy:import_new                    nothing        403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:import_show                   file_checked   403 403 403 403 403 403 200 403 403 403
GET  taxonomy:import_show                   file_brought   403 403 403 403 403 403 200 403 403 403
GET  taxonomy:import_columns                file_checked   403 403 403 403 403 403 200 403 403 403
POST taxonomy:import_columns                file_checked   403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:import_values                 file_checked   403 403 403 403 403 403 200 403 403 403
POST taxonomy:import_values                 file_checked   403 403 403 403 403 403 yes 403 403 403
POST taxonomy:import_run                    file_checked   403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:import_discard                file_checked   403 403 403 403 403 403 200 403 403 403
POST taxonomy:import_discard                file_checked   403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:import_undo                   file_brought   403 403 403 403 403 403 200 403 403 403
POST taxonomy:import_undo                   file_brought   403 403 403 403 403 403 yes 403 403 403
POST taxonomy:import_withdraw               file_brought   403 403 403 403 403 403 yes 403 403 403
GET  taxonomy:import_refused                file_brought   403 403 403 403 403 403 yes 403 403 403

# Background work: one's own, all for admins; who lost every role may watch
GET  incidents:job_list                     nothing        200 200 200 200 200 200 200 200 200 200
GET  incidents:job_show                     job_analyst    404 404 404 404 404 200 200 404 404 404
GET  incidents:job_show                     job_admin      404 404 404 404 404 404 200 404 404 404
GET  incidents:job_show                     job_no_role    200 404 404 404 404 404 200 404 404 404
POST incidents:job_retry                    job_analyst    403 404 404 404 404 yes yes 404 404 404
POST incidents:job_retry                    job_admin      403 404 404 404 404 404 yes 404 404 404
POST incidents:job_retry                    job_no_role    403 404 404 404 404 404 yes 404 404 404

# Setting a study up: admins
GET  incidents:study_setup                  nothing        403 403 403 403 403 403 200 403 403 403
POST incidents:study_setup                  nothing        403 403 403 403 403 403 yes 403 403 403
GET  incidents:guide_edit                   nothing        403 403 403 403 403 403 200 403 403 403
POST incidents:guide_edit                   nothing        403 403 403 403 403 403 yes 403 403 403
GET  incidents:region_list                  nothing        403 403 403 403 403 403 200 403 403 403
GET  incidents:region_create                nothing        403 403 403 403 403 403 200 403 403 403
POST incidents:region_create                nothing        403 403 403 403 403 403 yes 403 403 403
GET  incidents:region_edit                  region         403 403 403 403 403 403 200 403 403 403
POST incidents:region_edit                  region         403 403 403 403 403 403 yes 403 403 403
POST incidents:region_remove                empty_region   403 403 403 403 403 403 yes 403 403 403
POST incidents:region_move                  region         403 403 403 403 403 403 yes 403 403 403
GET  incidents:sector_list                  nothing        403 403 403 403 403 403 200 403 403 403
GET  incidents:sector_create                nothing        403 403 403 403 403 403 200 403 403 403
POST incidents:sector_create                nothing        403 403 403 403 403 403 yes 403 403 403
GET  incidents:sector_edit                  sector         403 403 403 403 403 403 200 403 403 403
POST incidents:sector_edit                  sector         403 403 403 403 403 403 yes 403 403 403
POST incidents:sector_move                  sector         403 403 403 403 403 403 yes 403 403 403
GET  incidents:organization_list            nothing        403 403 403 403 403 403 200 403 403 403
GET  incidents:organization_create          nothing        403 403 403 403 403 403 200 403 403 403
POST incidents:organization_create          nothing        403 403 403 403 403 403 yes 403 403 403
GET  incidents:organization_edit            organization   403 403 403 403 403 403 200 403 403 403
POST incidents:organization_edit            organization   403 403 403 403 403 403 yes 403 403 403
POST incidents:site_create                  organization   403 403 403 403 403 403 yes 403 403 403
GET  incidents:respondent_move              respondent     403 403 403 403 403 403 200 403 403 403
POST incidents:respondent_move              respondent     403 403 403 403 403 403 yes 403 403 403
GET  incidents:member_list                  nothing        403 403 403 403 403 403 200 403 403 403
GET  incidents:member_create                nothing        403 403 403 403 403 403 200 403 403 403
POST incidents:member_create                nothing        403 403 403 403 403 403 yes 403 403 403
GET  incidents:member_edit                  member         403 403 403 403 403 403 200 403 403 403
POST incidents:member_edit                  member         403 403 403 403 403 403 yes 403 403 403
GET  incidents:invitation_create            nothing        403 403 403 403 403 403 200 403 403 403
POST incidents:invitation_create            nothing        403 403 403 403 403 403 yes 403 403 403
GET  incidents:member_invite                guest          403 403 403 403 403 403 200 403 403 403
POST incidents:member_invite                guest          403 403 403 403 403 403 yes 403 403 403
GET  incidents:invitation_show              invitation     403 403 403 403 403 403 200 403 403 403
POST incidents:invitation_renew             invitation     403 403 403 403 403 403 yes 403 403 403
POST incidents:invitation_revoke            invitation     403 403 403 403 403 403 yes 403 403 403
"""


# -- What of it they read ---------------------------------------------------------------------

SIGHT = """
                             no  own int cod oth ana adm i+c c+a bli
# the words told
words-submitted              .   x   .   .   .   .   x   .   .   .
words-returned               .   x   .   .   .   .   x   .   .   .
words-excluded               .   x   .   .   .   .   x   .   .   .
words-drawn                  .   x   .   .   .   .   x   .   .   .
words-differing              .   x   .   .   .   .   x   .   .   .
words-contested              .   x   .   .   .   .   x   .   .   .
words-accepted               .   x   .   .   .   x   x   .   x   x
words-theirs                 .   .   x   .   .   x   x   .   x   x
words-theirs_waiting         .   .   x   .   .   .   x   .   .   .
words-both_roles             .   .   .   .   .   x   x   x   x   x
words-assigned               .   .   x   x   .   x   x   .   x   x
words-shared                 .   .   x   .   .   x   x   x   x   x
words-coded                  .   .   x   x   .   x   x   .   x   x
words-coded_by_other         .   .   x   .   x   x   x   .   x   x
words-next                   .   .   x   .   x   x   x   .   x   x
words-planned                .   .   x   .   x   x   x   .   x   x
words-imported               .   .   .   .   .   x   x   .   x   x
words-withdrawn              .   .   .   .   .   .   x   .   .   .
words-gone                   .   .   .   .   .   .   x   .   .   .
words-importing              .   .   .   .   .   .   .   .   .   .
words-held_out               .   .   .   .   .   .   .   .   .   .

# what the interviewer noted about them
note-submitted               .   x   .   .   .   .   x   .   .   .
note-returned                .   x   .   .   .   .   x   .   .   .
note-excluded                .   x   .   .   .   .   x   .   .   .
note-drawn                   .   x   .   .   .   .   x   .   .   .
note-differing               .   x   .   .   .   .   x   .   .   .
note-contested               .   x   .   .   .   .   x   .   .   .
note-accepted                .   x   .   .   .   .   x   .   .   .
note-theirs                  .   .   x   .   .   .   x   .   .   .
note-theirs_waiting          .   .   x   .   .   .   x   .   .   .
note-assigned                .   .   x   .   .   .   x   .   .   .
note-shared                  .   .   x   .   .   .   x   .   .   .
note-coded                   .   .   x   .   .   .   x   .   .   .
note-coded_by_other          .   .   x   .   .   .   x   .   .   .
note-next                    .   .   x   .   .   .   x   .   .   .
note-planned                 .   .   x   .   .   .   x   .   .   .
note-both_roles              .   .   .   .   .   .   x   x   .   .
note-withdrawn               .   .   .   .   .   .   x   .   .   .
note-gone                    .   .   .   .   .   .   x   .   .   .
note-importing               .   .   .   .   .   .   .   .   .   .
note-held_out                .   .   .   .   .   .   .   .   .   .

# words not sent yet
draft-unsent                 .   x   .   .   .   .   .   .   .   .
draft-contested              .   x   .   .   .   .   .   .   .   .

# what was asked and decided about them
verdict-returned             .   x   .   .   .   .   x   .   .   .
verdict-excluded             .   x   .   .   .   .   x   .   .   .
verdict-withdrawn            .   .   .   .   .   .   x   .   .   .
answer-returned              .   x   .   .   .   .   x   .   .   .
verdict-drawn                .   x   .   .   .   .   .   .   .   .
verdict-differing            .   x   .   .   .   .   x   .   .   .
verdict-second               .   .   .   .   .   .   x   .   .   .

# where they come from, and who wrote them down
study-name                   x   x   x   x   x   x   x   x   x   x
org-owner                    .   x   x   .   .   .   x   x   .   .
org-interviewer              .   x   x   .   .   .   x   x   .   .
org-file                     .   x   x   .   .   .   x   x   .   .
code-owner                   .   .   .   .   .   x   x   .   x   x
code-interviewer             .   .   .   .   .   x   x   .   x   x
region-north                 .   x   x   .   .   x   x   x   x   x
region-file                  .   x   x   .   .   x   x   x   x   x
respondent-owner             .   x   .   .   .   .   x   .   .   .
respondent-interviewer       .   .   x   .   .   .   x   .   .   .
respondent-both              .   .   .   .   .   .   x   x   .   .
person-no_role               x   .   .   .   .   .   x   .   .   .
person-owner                 .   x   .   .   .   .   x   .   .   .
person-interviewer           .   .   x   .   .   .   x   .   .   .
person-coder                 .   .   .   x   .   x   x   .   x   x
person-other_coder           .   x   .   .   x   x   x   .   x   x
person-analyst               .   .   .   .   .   x   x   .   x   x
person-interviewer_coder     .   .   .   .   .   .   x   x   .   .
person-coder_analyst         .   .   .   .   .   .   x   .   .   .
person-blind                 .   .   .   .   .   .   x   .   .   .
person-guest                 .   .   .   .   .   .   x   .   .   .
reason-export                .   .   .   .   .   .   x   .   .   .
mail-invited                 .   .   .   .   .   .   x   .   .   .

# coding, files, work
coding-coded                 .   .   .   x   .   x   x   .   x   x
coding-coded_by_other        .   .   .   .   x   x   x   .   x   x
quote-note                   .   .   .   .   .   x   .   .   .   .
report-own                   .   .   .   .   .   x   .   .   .   .
report-words                 .   .   .   .   .   x   .   .   .   .
board-words                  .   .   .   .   .   x   .   .   .   .
board-own                    .   .   .   .   .   x   .   .   .   .
board-gone                   .   .   .   .   .   x   .   .   .   .
report-gone                  .   .   .   .   .   x   .   .   .   .
coding-planned               .   .   .   .   x   .   .   .   .   .
quarrel-quarrel              .   .   .   .   x   x   x   .   x   x
quarrel-decided              .   .   .   .   x   x   x   .   x   x
decision-why                 .   .   .   .   x   x   x   .   x   x
training-why                 .   .   .   .   x   .   x   .   .   .
proposal-proposed            .   .   .   x   .   .   x   .   .   .
proposal-declined            .   .   .   x   .   .   x   .   .   .
pile-coder                   .   .   .   x   .   .   .   .   .   .
pile-other_coder             .   .   .   .   x   .   .   .   .   .
pile-done                    .   .   .   x   .   .   x   .   .   .
pile-told                    .   .   .   .   .   x   x   .   x   x
filter-own                   .   .   .   .   .   x   .   .   .   .
filter-shared                .   x   x   x   x   x   x   x   x   x
table-own                    .   .   .   .   .   x   .   .   .   .
table-shared                 .   .   .   .   .   x   x   .   x   x
table-hidden                 .   .   .   .   .   x   x   .   x   .
table-deleted                .   .   .   .   .   x   .   .   .   .
file-brought                 .   .   .   .   .   .   x   .   .   .
file-checked                 .   .   .   .   .   .   x   .   .   .
file-scheme_file             .   .   .   .   .   .   x   .   .   .
file-new_scheme              .   .   .   .   .   .   x   .   .   .
job-analyst                  .   .   .   .   .   x   x   .   .   .
job-admin                    .   .   .   .   .   .   x   .   .   .
job-no_role                  x   .   .   .   .   .   x   .   .   .
"""


class Line(NamedTuple):
    """One line of ACCESS."""

    method: str
    name: str
    query: str
    thing: str
    answers: dict[str, str]

    def __str__(self) -> str:
        return f"{self.method} {self.name}{self.query} {self.thing}"


def lines() -> list[Line]:
    """Return the lines of ACCESS."""
    return [_line(*cells) for cells in _cells(ACCESS)]


def _line(method, address, thing, *answers):
    name, mark, query = address.partition("?")
    return Line(method, name, mark + query, thing, dict(zip(PEOPLE, answers, strict=True)))


def sight() -> dict[str, set[str]]:
    """Return who may read which word, by the person; it is read by nobody else."""
    rows = list(_cells(SIGHT))
    return {
        who: {name for name, *marks in rows if marks[place] == "x"}
        for place, who in enumerate(PEOPLE)
    }


def words() -> set[str]:
    """Return every word that is planted."""
    return {name for name, *_marks in _cells(SIGHT)}


def _cells(table):
    rows = [row.split() for row in table.splitlines() if row.strip() and row[0] not in " #"]
    assert all(len(row) in {len(PEOPLE) + 1, len(PEOPLE) + 3} for row in rows)
    return rows


# -- Whoever is not in the study --------------------------------------------------------------

OUTSIDERS = ("superuser", "outsider", "inactive")
SIGNED_OUT = ("anonymous", "deactivated")
OWN_ACCOUNT = ("account_show", "session_end", "sessions_end", "file_ready")
ELSEWHERE = {
    "reports:home": {"superuser": "200", "outsider": "200", "inactive": "200"},
    "reports:component_list": {"superuser": "200", "outsider": "404", "inactive": "404"},
    "reports:help_index": {"superuser": "200", "outsider": "200", "inactive": "200"},
    "reports:help_show": {"superuser": "200", "outsider": "200", "inactive": "200"},
    "reports:study_create": {"superuser": "may", "outsider": "403", "inactive": "403"},
    **{f"incidents:{name}": dict.fromkeys(OUTSIDERS, "may") for name in OWN_ACCOUNT},
}


# Opened by a secret in the address, whoever brings it: tests/incidents/views/test_invitations.py,
# tests/reports/test_client_links.py.
BY_LINK = {"incidents:invitation_accept", "reports:client_page"}


# Addresses of packages, as somebody who is not signed in gets them; the rest leads to the sign-in.
FOREIGN = ("icon", "set_language", "account_", "mfa_", "admin:")
OPEN_TO_ALL = {
    "icon",  # leads to the picture
    "account_login",
    "account_signup",  # says that it is closed
    "account_inactive",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_confirm_email",
    "account_email_verification_sent",
}


# -- What is sent -----------------------------------------------------------------------------


def _header(asked):
    return {
        "uid": str(uuid.uuid4()),
        "respondent": "somebody new",
        "site": str(asked.world.sites["owner"].uid),
        "relation": "employee",
        "held_on": "1999-03-20",
        "mode": "in_person",
        "consent": "quotes",
    }


def _words(asked):
    member = asked.world.members.get(asked.who, asked.world.members["owner"])
    return {
        "tab": "a tab",
        "position": "1",
        "member": str(member.uid),
        "headline": "Other words",
        "situation": "It was another one.",
        "told_as": "own",
        "valence": "negative",
        "reason": "Asked again.",
        "answer": "It was in the lobby.",
        "answered_from": "respondent",
        "answered_on": "1999-03-21",
        "based_on": "1" if asked.incident else "",
    }


def _session(asked):
    key = asked.world.cookies[asked.who].get(settings.SESSION_COOKIE_NAME)
    signed_in = UserSession.objects.filter(session_key=key).first()
    return {"session": str(signed_in.pk if signed_in else 0)}


def _row_version(asked, **fields):
    return {"row_version": str(asked.incident.row_version if asked.incident else 0), **fields}


def _chosen(asked):
    chosen = f"{asked.incident.uid}.{asked.incident.row_version}" if asked.incident else ""
    return {"verb": "accept", "scope": "chosen", "incident": chosen}


def _parts(asked):
    parts = {"form-TOTAL_FORMS": "2", "form-INITIAL_FORMS": "0"}
    for number, valence in enumerate(("positive", "negative")):
        parts[f"form-{number}-label"] = f"Part {number}"
        parts[f"form-{number}-valence"] = valence
    return _row_version(asked, **parts)


def _answer(asked):
    scheme = asked.world.study.schemes.get(slug=asked.thing["scheme"])
    category = scheme.categories.get(name="Quick")
    return {"uid": str(uuid.uuid4()), "category": str(category.uid), "note": "For a reason."}


def _revised(asked, **fields):
    return {"revision": str(asked.world.drawn_up.revision), "rationale": "Better.", **fields}


def _resorted(asked):
    moment = asked.world.incidents["coded"].moments.get()
    return {"uid": uuid.uuid4(), "moment": moment.uid, "into": _uid_of(asked, "Part one")}


def _uid_of(asked, name):
    return str(asked.world.drawn_up.categories.get(name=name).uid)


def _card(asked, number=0):
    """A card of the sort that is asked about."""
    sort = Sort.objects.get(uid=asked.thing["uid"])
    return str(sort.items.all()[number].uid)


def _put(asked):
    return {"item": _card(asked), "to": "Another pile"}


def _pair(asked):
    return {"first": _card(asked), "second": _card(asked, 1), "verdict": "apart"}


def _groups(asked):
    return _revised(asked, item=[_card(asked)], group=["1"], name=["Above"])


def _plan(asked):
    coders = [str(asked.world.members[who].uid) for who in ("coder", "other_coder")]
    asked_for = {"way": "overlap", "percent": "50", "each": "2", "every": "7", "seed": "1"}
    return {"name": "Main", "coders": coders, "later": "wait", "hides": ["region"], **asked_for}


def _coding_again(asked):
    coders = [str(asked.world.members["other_coder"].uid)]
    return {"name": "Again", "coders": coders, "days": "14", "number": "1", "seed": "1"}


def _moment_to_add(asked):
    return {"moment": [str(asked.world.incidents["coded"].moments.get().uid)]}


def _coder_of_batch(name, *, several=False):
    """The coder who is chosen for a batch."""

    def chosen(asked):
        uid = str(asked.world.members["coder"].uid)
        return {name: [uid] if several else uid}

    return chosen


def _alike(asked):
    decided = {"choice": "none", "unclassifiable": "other", "reason": "Alike"}
    return {**decided, "moment": str(asked.world.things["quarrel"]["uid"])}


def _piles(asked):
    piles = Pile.objects.filter(sorter__sort__uid=asked.thing["uid"])
    return _revised(asked, pile=[str(piles.first().uid)], name=["Of a pile"])


def _task(asked):
    level = asked.world.drawn_up.rounds.get(position=1)
    return {**_asked_of_coder(asked), "round": str(level.uid)}


def _moments_task(asked):
    return {**_asked_of_coder(asked), "number": "2", "seed": "1"}


def _asked_of_coder(asked):
    return {"name": "Again", "members": [str(asked.world.members["coder"].uid)]}


def _settings(asked):
    return {
        "name": "Another name",
        "slug": asked.world.study.slug,
        "languages": ["en"],
        "time_zone": "UTC",
        "recall_window_days": "31",
        "elicitation": "free",
        "quota_good": "0",
        "quota_poor": "0",
        "confidentiality_threshold": "5",
        "row_version": str(asked.world.study.row_version),
    }


def _criteria(asked):
    sent = {"row_version": "0", "share": "10", "seed": "1"}
    for criterion in criteria_of(asked.world.study):
        sent[f"{criterion.code}-effect"] = criterion.effect
    return sent


def _other_site(asked):
    return {"site": str(asked.world.sites["interviewer"].uid)}


def _organization(asked):
    return {
        "name": "Another name",
        "code": "ANOTHER",
        "sector": str(asked.world.sector.uid),
        "row_version": str(asked.world.sites["owner"].organization.row_version),
    }


def _columns(asked):
    columns = ("incident_id", "situation", "", "organization")
    return {
        **_import_version(asked),
        "codes": "split",
        "scheme": asked.world.kinds.slug,
        "create_missing": "on",
        "viewpoint": "not_stated",
        **{f"column-{at}": field for at, field in enumerate(columns)},
    }


def _import_version(asked):
    return {"row_version": str(asked.world.imports["checked"].row_version)}


def _file(_asked):
    return {"file": SimpleUploadedFile("new.csv", b"narrative\nIt was a third one.\n")}


def _scheme_file():
    return SimpleUploadedFile("new.csv", b"round,path\n1,Brand new\n")


def _told(asked, name):
    return f"{asked.world.tag}-words-{name} was so"


def _uid_of_thing(asked, name):
    return str(asked.world.things[name]["uid"])


def _report(asked):
    return Report.objects.get(uid=asked.world.things["report"]["uid"])


def _board(asked):
    return Dashboard.objects.get(uid=asked.world.things["board"]["uid"])


def _nothing(_asked):
    return {}


def _just(**fields):
    return lambda _asked: fields


def _and(make, **fields):
    return lambda asked: make(asked, **fields)


PAYLOADS: dict[str, Callable[[SimpleNamespace], dict[str, Any]]] = {
    "reports:study_create": _just(name="New", slug="new-one", start="blank"),
    "reports:grid_columns": _just(columns=["viewpoint"]),
    "reports:table_keep": _just(name="Another", query="round=1"),
    "reports:table_edit": _just(name="Renamed", row_version="0"),
    "reports:table_duplicate": _nothing,
    "reports:table_move": _just(way="down", row_version="0"),
    "reports:table_delete": _nothing,
    "reports:table_restore": _nothing,
    "reports:table_schedule": _just(rhythm="nightly", keep="5", row_version="0"),
    "reports:schedule_stop": _nothing,
    "reports:run_ask": _just(query="round=1"),
    "reports:filter_save": _just(name="Another", query="valence=mixed"),
    "reports:filter_edit": _just(name="Renamed"),
    "reports:filter_delete": _nothing,
    "reports:filter_open": _nothing,
    "reports:quote_collect": lambda asked: {"words": _told(asked, "accepted"), "version": "1"},
    "reports:quote_edit": lambda asked: {"words": _told(asked, "accepted"), "row_version": "0"},
    "reports:quote_replace": lambda asked: {
        "words": _told(asked, "accepted"),
        "row_version": "0",
        "name": "so",
    },
    "reports:quote_confirm": lambda asked: {
        "words": _told(asked, "accepted"),
        "row_version": "0",
        "names_stay": "on",
    },
    "reports:quote_take_back": _nothing,
    "reports:quote_move": _just(way="down"),
    "reports:quote_delete": _nothing,
    "reports:quote_restore": _nothing,
    "reports:front_compute": _nothing,
    "reports:dashboard_compute": _nothing,
    "reports:dashboard_create": _just(title="A dashboard"),
    "reports:dashboard_edit": lambda asked: {
        "title": "Another title",
        "row_version": str(_board(asked).row_version),
    },
    "reports:dashboard_delete": _nothing,
    "reports:dashboard_restore": _nothing,
    "reports:dashboard_add_table": lambda asked: {
        "saved": _uid_of_thing(asked, "table_shared"),
        "table": "on",
    },
    "reports:dashboard_add_quote": lambda asked: {"quote": _uid_of_thing(asked, "quote")},
    "reports:dashboard_add_words": _just(text="Words of their own."),
    "reports:dashboard_item_edit": lambda asked: {
        "text": "Other words.",
        "row_version": str(_board(asked).row_version),
    },
    "reports:dashboard_item_move": _just(way="down"),
    "reports:dashboard_item_remove": _nothing,
    "reports:dashboard_item_restore": _nothing,
    "reports:link_create": _just(recipient="A client", term="30"),
    "reports:link_renew": _nothing,
    "reports:link_revoke": _nothing,
    "reports:report_create": _just(title="A report"),
    "reports:report_edit": lambda asked: {
        "title": "Another title",
        "row_version": str(_report(asked).row_version),
    },
    "reports:report_delete": _nothing,
    "reports:report_restore": _nothing,
    "reports:report_add_run": lambda asked: {"run": _uid_of_thing(asked, "run"), "table": "on"},
    "reports:report_add_quote": lambda asked: {"quote": _uid_of_thing(asked, "quote")},
    "reports:report_add_words": _just(text="Words of their own."),
    "reports:report_item_edit": lambda asked: {
        "text": "Other words.",
        "row_version": str(_report(asked).row_version),
    },
    "reports:report_item_move": _just(way="down"),
    "reports:report_item_remove": _nothing,
    "reports:report_item_restore": _nothing,
    "reports:document_make": _just(form="docx"),
    "reports:export_ask": _just(form="csv", content="de_identified"),
    "reports:export_delete": _nothing,
    "reports:bulk_ask": _chosen,
    "reports:bulk_undo": _nothing,
    "incidents:account_show": _just(name="Somebody else"),
    "incidents:session_end": _session,
    "incidents:sessions_end": _nothing,
    "incidents:interview_open": _header,
    "incidents:interview_submit": _nothing,
    "incidents:interview_consent": _just(row_version="0", consent="attributed"),
    "incidents:none_recalled_record": _just(asked_for="good", told_as="own"),
    "incidents:none_recalled_take_back": _just(asked_for="poor", told_as="own"),
    "incidents:incident_received": _just(uids=str(uuid.uuid4())),
    "incidents:guide_edit": _just(row_version="0", close="That was all."),
    "reports:method_edit": _just(row_version="0", sampling="By hand."),
    "incidents:incident_record": _words,
    "incidents:incident_draft": _words,
    "incidents:incident_submit": _words,
    "incidents:incident_discard": _nothing,
    "incidents:incident_conflict": _just(way="theirs"),
    "incidents:screening_accept": _row_version,
    "incidents:screening_return": _and(_row_version, question="Where was it?"),
    "incidents:screening_exclude": _and(_row_version, criterion="other", reason="Not one."),
    "incidents:held_out_withdraw": _and(_row_version, reason="They asked for it."),
    "incidents:screening_withdraw": _and(_row_version, reason="They asked for it."),
    "incidents:second_show": _just(verdict_given="accept"),
    "incidents:disagreement_settle": _just(
        settled_for="first", because="It is one.", row_version="0"
    ),
    "incidents:likeness_judge": _just(judgement="same"),
    "incidents:criteria_edit": _criteria,
    "incidents:criteria_from_template": _just(template="classic", row_version="0"),
    "incidents:criterion_create": _just(name="In a branch", unmet="Elsewhere", effect="flags"),
    "incidents:incident_divide": _parts,
    "incidents:incident_told_as": _and(_row_version, told_as="customer"),
    "incidents:moment_valence": _just(row_version="0", valence="mixed"),
    "taxonomy:coding_record": _answer,
    "taxonomy:coding_put_aside": _nothing,
    "taxonomy:coding_take_back": _nothing,
    "taxonomy:holdout_draw": _just(percent="50", seed="1"),
    "taxonomy:holdout_release": _just(reason="Nothing new comes."),
    "taxonomy:holdout_take_back": _nothing,
    "taxonomy:plan_create": _plan,
    "taxonomy:plan_give_out": _just(first_due="2026-05-04", portions="1"),
    "taxonomy:recoding_create": _coding_again,
    "taxonomy:recoding_measure": _nothing,
    "taxonomy:training_set_create": _just(name="For a second try"),
    "taxonomy:training_set_add": _moment_to_add,
    "taxonomy:training_set_draw": _just(number="2", seed="1"),
    "taxonomy:training_set_give": _coder_of_batch("to", several=True),
    "taxonomy:training_set_retire": _nothing,
    "taxonomy:training_set_restore": _nothing,
    "taxonomy:training_item_key": _just(unclassifiable="other", explanation="Too little"),
    "taxonomy:training_item_move": _just(way="down"),
    "taxonomy:training_item_take_out": _nothing,
    "taxonomy:training_take": _nothing,
    "taxonomy:training_finish": _nothing,
    "taxonomy:training_end": _nothing,
    "taxonomy:batch_edit": _just(name="First week", due_on="2026-05-04"),
    "taxonomy:batch_pause": _nothing,
    "taxonomy:batch_resume": _nothing,
    "taxonomy:batch_lock": _nothing,
    "taxonomy:batch_add_coder": _coder_of_batch("coder"),
    "taxonomy:batch_hand_on": _coder_of_batch("to", several=True),
    "taxonomy:batch_take_away": _nothing,
    "taxonomy:dispute_decide": _just(choice="none", unclassifiable="other", reason="As I see it"),
    "taxonomy:dispute_alike": _alike,
    "taxonomy:dispute_reopen": _just(reason="Too quick"),
    "taxonomy:dispute_take_back": _nothing,
    "taxonomy:proposal_new": _just(uid=str(uuid.uuid4()), name="Beside", reason="Seen often"),
    "taxonomy:proposal_withdraw": _nothing,
    "taxonomy:proposal_accept": _and(_revised, answer="Yes"),
    "taxonomy:proposal_change": _and(_revised, name="To be changed", answer="Yes, so"),
    "taxonomy:proposal_decline": _just(answer="No"),
    "taxonomy:scheme_create": _just(name="Causes", slug="causes", finest="Causes"),
    "taxonomy:scheme_from_template": _just(template="outcome"),
    "taxonomy:scheme_from_file": lambda _asked: {"file": _scheme_file()},
    "taxonomy:scheme_from_file_preview": _just(name="Copy", slug="copy"),
    "taxonomy:scheme_from_file_discard": _nothing,
    "taxonomy:scheme_import": lambda _asked: {"file": _scheme_file()},
    "taxonomy:scheme_import_preview": _revised,
    "taxonomy:scheme_import_discard": _nothing,
    "taxonomy:round_create": _and(_revised, name="Coarsest", finest=""),
    "taxonomy:round_edit": _and(_revised, name="Finest"),
    "taxonomy:category_create": _and(_revised, name="Beside"),
    "taxonomy:category_edit": _and(_revised, name="Further below"),
    "taxonomy:categories_place": lambda asked: _revised(
        asked, category=_uid_of(asked, "Below"), parent=_uid_of(asked, "Above")
    ),
    "taxonomy:categories_merge": lambda asked: _revised(
        asked, category=_uid_of(asked, "Below"), into=_uid_of(asked, "Twin")
    ),
    "taxonomy:categories_preview": lambda asked: {
        "category": _uid_of(asked, "Below"),
        "parent": _uid_of(asked, "Above"),
    },
    "taxonomy:category_split": _and(_revised, names="One half\nThe other"),
    "taxonomy:resort_record": _resorted,
    "taxonomy:resort_take_back": _nothing,
    "taxonomy:category_move": lambda asked: _revised(asked, before=_uid_of(asked, "Below")),
    "taxonomy:category_retire": _revised,
    "taxonomy:category_restore": _revised,
    "taxonomy:round_freeze": _revised,
    "taxonomy:round_reopen": _revised,
    "taxonomy:round_drop": _revised,
    "taxonomy:revision_undo": _revised,
    "taxonomy:sort_create": _task,
    "taxonomy:sort_of_moments": _moments_task,
    "taxonomy:sort_piles": _piles,
    "taxonomy:sort_machine": _just(sizes="2"),
    "taxonomy:saturation_count": _nothing,
    "taxonomy:suggestions_train": _nothing,
    "taxonomy:suggestions_offer": _just(offered="before"),
    "taxonomy:suggestions_look": _just(looked="on"),
    "taxonomy:reliability_measure": _just(clusters="interview"),
    "taxonomy:look_list": _just(reason="The server moves.", minutes="15"),
    "taxonomy:look_stop": _nothing,
    "taxonomy:sort_end": _nothing,
    "taxonomy:sort_reopen": _nothing,
    "taxonomy:sort_put": _put,
    "taxonomy:sort_undo": _just(step="2"),
    "taxonomy:sort_finish": _nothing,
    "taxonomy:sort_resume": _nothing,
    "taxonomy:pile_rename": _just(name="Another name"),
    "taxonomy:sort_agree": _groups,
    "taxonomy:sort_settle": _pair,
    "taxonomy:import_new": _file,
    "taxonomy:import_columns": _columns,
    "taxonomy:import_values": _import_version,
    "taxonomy:import_run": _import_version,
    "taxonomy:import_discard": _import_version,
    "taxonomy:import_undo": _nothing,
    "taxonomy:import_withdraw": _nothing,
    "incidents:job_retry": _nothing,
    "incidents:study_setup": _settings,
    "incidents:region_create": _just(name="East", countries=["JP"]),
    "incidents:region_edit": _just(name="South", countries=["BR"]),
    "incidents:region_remove": _nothing,
    "incidents:region_move": _just(to="down"),
    "incidents:sector_create": _just(name="Ships"),
    "incidents:sector_edit": _just(name="Trains"),
    "incidents:sector_move": _just(to="down"),
    "incidents:organization_create": _organization,
    "incidents:organization_edit": _organization,
    "incidents:site_create": _just(country="FR", place="Lyon"),
    "incidents:respondent_move": _other_site,
    "incidents:member_create": _just(display_name="Eve", code="EVE", roles=["analyst"]),
    "incidents:invitation_create": _just(
        email="new@example.org", display_name="Eve", roles=["analyst"]
    ),
    "incidents:member_invite": _just(email="new@example.org"),
    "incidents:invitation_renew": _nothing,
    "incidents:invitation_revoke": _nothing,
    "incidents:member_edit": _just(display_name="Eve", code="EVE", roles=["analyst"], active="on"),
}
