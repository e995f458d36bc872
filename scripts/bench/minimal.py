"""The least that Django can do with a form: one ModelForm, one INSERT, one redirect."""

import uuid
from typing import TYPE_CHECKING, ClassVar

from django import forms
from django.contrib.auth.decorators import login_required
from django.db import connection, models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from incidents.models.fieldwork import TEXTS


class Telling(models.Model):
    """A table of its own with the texts of an incident, and a uid for a second key."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    headline = models.CharField(max_length=200, blank=True)
    situation = models.TextField(blank=True)
    action = models.TextField(blank=True)
    result = models.TextField(blank=True)
    people = models.TextField(blank=True)
    reaction = models.TextField(blank=True)
    note = models.TextField(blank=True)
    language = models.CharField(max_length=20, blank=True)

    class Meta:
        app_label = "bench"
        db_table = "bench_telling"

    def __str__(self) -> str:
        return self.headline


if TYPE_CHECKING:
    TellingBase = forms.ModelForm[Telling]
else:
    TellingBase = forms.ModelForm


class TellingForm(TellingBase):
    """The texts."""

    class Meta:
        model = Telling
        fields: ClassVar = [*TEXTS, "language"]


@login_required
def telling_create(request: HttpRequest) -> HttpResponse:
    """Keep what is posted."""
    form = TellingForm(request.POST)
    if not form.is_valid():
        return HttpResponse(str(form.errors), status=422)
    form.save()
    return redirect("/")


def make_table() -> None:
    """Make the table where it is missing."""
    if Telling._meta.db_table not in connection.introspection.table_names():
        with connection.schema_editor() as editor:
            editor.create_model(Telling)
