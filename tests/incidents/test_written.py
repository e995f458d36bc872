"""Fields that are written at once say what Django's own templates say."""

import datetime as dt

import pytest
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
    attrs = {"id": "id_place", "required": True, "readonly": False, "data-seen": 0}
    return parse_html(widget.render("place", value, attrs, renderer))


def test_a_list_says_what_djangos_own_says():
    for widget in (forms.Select(choices=CHOICES), Disabling(choices=CHOICES)):
        for value in ("", "a", 2, "1", '"q"', "unknown"):
            assert drawn(widget, value) == drawn(widget, value, DjangoTemplates())


def test_several_may_be_chosen():
    widget = forms.SelectMultiple(choices=CHOICES)

    assert drawn(widget, ["1", "2"]) == drawn(widget, ["1", "2"], DjangoTemplates())


@pytest.mark.parametrize(
    ("widget", "value"),
    [
        (forms.TextInput(attrs={"placeholder": 'a "part" & <b>'}), '"><script>'),
        (forms.TextInput(attrs={"type": "search"}), None),
        (forms.HiddenInput(), 1999),
        (forms.NumberInput(attrs={"min": 0, "step": 0.5}), 1234.5),
        (forms.EmailInput(), ""),
        (forms.PasswordInput(), "never shown"),
        (forms.DateInput(), dt.date(1999, 10, 21)),
        (forms.CheckboxInput(), True),
        (forms.CheckboxInput(), False),
        (forms.Textarea(), "by its own template <b>"),
    ],
)
def test_an_input_says_what_djangos_own_says(widget, value):
    assert drawn(widget, value) == drawn(widget, value, DjangoTemplates())
