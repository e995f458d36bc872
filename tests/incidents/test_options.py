"""The lean list to choose from says what Django's own says."""

from django import forms
from django.forms.renderers import DjangoTemplates
from django.test.html import parse_html

CHOICES = [
    ("", "All"),
    ("a", "<b>Bold & “quoted”</b>"),
    ('"q"', "A value to be escaped"),
    ("A group <i>", [("1", "One"), (2, "Two")]),
]


class Disabling(forms.Select):
    """A list with attributes on an option."""

    def create_option(self, name, value, *more, **attributes):
        option = super().create_option(name, value, *more, **attributes)
        if value == "a":
            option["attrs"] |= {"disabled": True, "data-why": 'it is "taken"', "hidden": False}
        return option


def drawn(widget, value, renderer=None):
    return parse_html(widget.render("place", value, {"id": "id_place"}, renderer))


def test_it_says_what_djangos_own_says():
    for widget in (forms.Select(choices=CHOICES), Disabling(choices=CHOICES)):
        for value in ("", "a", 2, "1", '"q"', "unknown"):
            assert drawn(widget, value) == drawn(widget, value, DjangoTemplates())


def test_several_may_be_chosen():
    widget = forms.SelectMultiple(choices=CHOICES)

    assert drawn(widget, ["1", "2"]) == drawn(widget, ["1", "2"], DjangoTemplates())
