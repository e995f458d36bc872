"""What the forms of a dashboard call things."""

from reports.forms.dashboards import AddTableForm, DashboardForm


def test_a_dashboard_is_made_the_front_page_and_has_pictures_as_a_run_has():
    assert DashboardForm()["is_front"].label == "Make this the front page of the study"
    assert AddTableForm()["charts"].label == "Pictures"
