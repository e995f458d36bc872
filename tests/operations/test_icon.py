"""What browsers ask for by themselves."""


def test_a_browser_that_looks_for_an_icon_by_itself_is_led_to_ours(client):
    response = client.get("/favicon.ico")

    assert (response.status_code, response["Location"]) == (302, "/static/img/favicon.svg")
