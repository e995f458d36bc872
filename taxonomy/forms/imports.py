"""What people say about a file: which one, what its columns mean, what its values stand for."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from django import forms
from django.conf import settings
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.choices import AskedFor, Relation, ToldAs, Valence, Viewpoint
from incidents.models import Study
from taxonomy.actions.importing import SCHEME_SLUG
from taxonomy.models import Scheme
from taxonomy.queries.import_words import FIELD_GROUPS, FIELD_LABELS
from taxonomy.sheet_messages import sentence
from taxonomy.sheets.columns import Columns
from taxonomy.sheets.fields import CLOSED, NOT_STATED
from taxonomy.sheets.problems import Severity

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

BIGGEST = 2**31 - 1
NEW = "*"  # no slug
VALUES_SHOWN = 80  # of one field; with all fields a page stays below the most inputs of a form
CLOSED_CHOICES = {
    "relation": Relation.choices,
    "told_as": ToldAs.choices,
    "viewpoint": Viewpoint.choices,
    "asked_for": AskedFor.choices,
    "valence": Valence.choices,
}
ASKED = (*CLOSED, "country", "region", "sector", "organization", "interviewer", "coder")


class VersionForm(forms.Form):
    """What every act on an import carries: the version of it that was seen."""

    row_version = forms.IntegerField(
        widget=forms.HiddenInput, min_value=0, max_value=BIGGEST, required=False
    )


class UploadForm(forms.Form):
    """One file."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        allow_empty_file=True,  # the reader has a better sentence for it
        help_text=gettext_lazy("CSV (comma, semicolon or tab; any usual encoding) or Excel .xlsx."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}),
        error_messages={"required": gettext_lazy("Choose a file.")},
    )

    def clean_file(self) -> "UploadedFile[bytes]":
        """Refuse what is too large before anybody reads it."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > settings.UPLOAD_LIMIT_MB * 1_000_000:
            raise forms.ValidationError(
                _("The file is larger than %(limit)s MB. Divide it into several files.")
                % {"limit": settings.UPLOAD_LIMIT_MB}
            )
        return file


class ColumnRow(NamedTuple):
    """One column of the file beside the field for what it means."""

    header: str
    cells: Sequence[str]
    field: forms.BoundField


class ColumnsForm(VersionForm):
    """What each column means, and what becomes of the categories."""

    codes = forms.ChoiceField(
        label=gettext_lazy("A cell with several codes, as in “late|rude”"),
        choices=[
            ("split", gettext_lazy("A moment for each code")),
            ("first", gettext_lazy("One moment with the first code; the cell is kept as it is")),
        ],
        widget=forms.RadioSelect,
    )
    scheme = forms.ChoiceField(label=gettext_lazy("Scheme that takes the categories"))
    scheme_name = forms.CharField(
        label=gettext_lazy("Name of the new scheme"), max_length=120, required=False
    )
    create_missing = forms.BooleanField(
        label=gettext_lazy(
            "Make regions, sectors, organizations, sites and members that the study lacks"
        ),
        required=False,
    )
    viewpoint = forms.ChoiceField(
        label=gettext_lazy("Viewpoint where the file says nothing"),
        choices=Viewpoint.choices,
        required=False,
    )

    def __init__(self, *args: Any, study: Study, options: Mapping[str, Any], **kwargs: Any) -> None:
        kwargs.setdefault("initial", _initial(study, options))
        super().__init__(*args, **kwargs)
        self.study, self.options = study, options
        schemes = list(Scheme.objects.filter(study=study).order_by("name"))
        self.slugs = {scheme.slug for scheme in schemes}
        scheme = self.fields["scheme"]
        assert isinstance(scheme, forms.ChoiceField)  # noqa: S101  (for the types)
        scheme.choices = [
            *((one.slug, one.name) for one in schemes),
            (NEW, _("A new scheme")),
        ]
        for at, header in enumerate(options["headers"]):
            self.fields[f"column-{at}"] = forms.ChoiceField(
                label=header,
                choices=_field_choices(),
                required=False,
                initial=options["columns"].get(header, ""),
                widget=forms.Select(attrs={"class": "form-select"}),
            )

    def rows(self, samples: Sequence[Sequence[str]]) -> Iterator[ColumnRow]:
        """The columns in the order of the file, each with its cells in the sample."""
        for at, header in enumerate(self.options["headers"]):
            cells = [row[at] for row in samples if row[at].strip()]
            yield ColumnRow(header, cells, self[f"column-{at}"])

    def clean(self) -> dict[str, Any]:
        """Want words, each field once, and a name that a new scheme can have."""
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        headers = self.options["headers"]
        for problem in Columns(headers, self._columns(cleaned)).problems:
            if problem.severity == Severity.ERROR:
                at = headers.index(problem.column) if problem.column else None
                self.add_error(None if at is None else f"column-{at}", sentence(problem))
        if cleaned["scheme"] == NEW and self._new_slug(cleaned) in self.slugs:
            self.add_error("scheme_name", _("The study has a scheme with this name."))
        return cleaned

    def meaning(self) -> dict[str, Any]:
        """The options as `say_what_it_means` takes them."""
        cleaned = self.cleaned_data
        is_new = cleaned["scheme"] == NEW
        told_from = cleaned["viewpoint"]
        return {
            "columns": self._columns(cleaned),
            "codes": cleaned["codes"],
            "scheme": self._new_slug(cleaned) if is_new else cleaned["scheme"],
            "scheme_name": cleaned["scheme_name"] if is_new else "",
            "create_missing": cleaned["create_missing"],
            "defaults": {"viewpoint": told_from} if told_from in {"customer", "provider"} else {},
        }

    def _columns(self, cleaned: Mapping[str, Any]) -> dict[str, str]:
        chosen = {
            header: cleaned.get(f"column-{at}", "")
            for at, header in enumerate(self.options["headers"])
        }
        return {header: field for header, field in chosen.items() if field}

    def _new_slug(self, cleaned: Mapping[str, Any]) -> str:
        name = cleaned["scheme_name"]
        is_plain = name == _("Imported categories")
        return (not is_plain and slugify(name)[:60].strip("-_")) or SCHEME_SLUG


def _initial(study: Study, options: Mapping[str, Any]) -> dict[str, Any]:
    exists = Scheme.objects.filter(study=study, slug=options["scheme"]).exists()
    return {
        "codes": options["codes"],
        "scheme": options["scheme"] if exists else NEW,
        "scheme_name": options["scheme_name"] or ("" if exists else _("Imported categories")),
        "create_missing": options["create_missing"],
        "viewpoint": options["defaults"].get("viewpoint", NOT_STATED),
    }


def _field_choices() -> list[Any]:
    return [
        ("", gettext_lazy("Leave out – kept with the row")),
        *((group, list(fields.items())) for group, fields in FIELD_GROUPS),
    ]


class ValueRow(NamedTuple):
    """One value of the file beside the field for what it stands for."""

    theirs: str
    rows: int
    unknown: bool
    is_new: bool
    field: forms.BoundField


class ValueSection(NamedTuple):
    """The values of one field of ours, those that nobody knows first."""

    name: str
    label: Any
    names: Sequence[str]  # to choose from where any name may be written
    rows: Sequence[ValueRow]
    further: int
    unknown: int


class ValuesForm(VersionForm):
    """What the values of the file stand for."""

    def __init__(
        self,
        *args: Any,
        values: Mapping[str, Sequence[Mapping[str, Any]]],
        known: Mapping[str, Sequence[str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.values = {field: values[field] for field in ASKED if values.get(field)}
        self.known = known
        for field, uses in self.values.items():
            for at, use in enumerate(uses[:VALUES_SHOWN]):
                self.fields[f"{field}-{at}"] = self._field(field, use)

    def _field(self, field: str, use: Mapping[str, Any]) -> forms.Field:
        ours = use["ours"]
        common: dict[str, Any] = {"label": use["theirs"], "required": False}
        if field in CLOSED_CHOICES:
            ask = [("", _("Choose what it stands for"))] if ours is None else []
            return forms.ChoiceField(
                choices=[*ask, *CLOSED_CHOICES[field]],
                initial=NOT_STATED if ours == "" else ours,
                widget=forms.Select(attrs={"class": "form-select"}),
                **common,
            )
        return forms.CharField(
            max_length=160,
            initial=_("Not stated") if ours == "" else ours,
            widget=forms.TextInput(attrs={"list": f"names-{field}", "class": "form-control"}),
            **common,
        )

    def sections(self) -> Iterator[ValueSection]:
        """The values by field, the fields with unknown values first."""
        found = [self._section(field) for field in self.values]
        yield from sorted(found, key=lambda section: -section.unknown)

    def _section(self, field: str) -> ValueSection:
        uses = self.values[field]
        rows = [
            ValueRow(
                use["theirs"], use["rows"], use["ours"] is None, use["new"], self[f"{field}-{at}"]
            )
            for at, use in enumerate(uses[:VALUES_SHOWN])
        ]
        return ValueSection(
            name=field,
            label=FIELD_LABELS[field],
            names=self.known.get(field, ()),
            rows=rows,
            further=len(uses) - len(rows),
            unknown=sum(row.unknown for row in rows),
        )

    def mapping(self, standing: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
        """{field: {theirs: ours}}: what was said before, with what was said otherwise now."""
        said = {field: dict(values) for field, values in standing.items()}
        for field, uses in self.values.items():
            for at, use in enumerate(uses[:VALUES_SHOWN]):
                name = f"{field}-{at}"
                chosen = self.cleaned_data.get(name, "").strip()
                if chosen and chosen != str(self.fields[name].initial or ""):
                    said.setdefault(field, {})[use["theirs"]] = _as_not_stated(chosen)
        return said


def _as_not_stated(chosen: str) -> str:
    return NOT_STATED if chosen == str(_("Not stated")) else chosen
