"""A scheme for scripts: as a file, back in, what was done to it, and taking that back."""

import json
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.db import transaction
from django.db.models import Prefetch

from incidents.actions.refusals import RefusedError
from incidents.choices import RoleName
from incidents.models import Member, Study
from taxonomy.actions import exchanging
from taxonomy.actions.revisions import undo
from taxonomy.exchange.files import FORMS
from taxonomy.exchange_messages import ACTS, book_sentence
from taxonomy.forms.exchange import SchemeFromFileForm
from taxonomy.management.plain import PlainCommand, scheme_named, study_named
from taxonomy.models import Revision, RevisionChange, Scheme
from taxonomy.queries.history import Step, history_of, steps_of

LINES_SHOWN = 50
LOG_FORMS = ("text", "json")


class Command(PlainCommand):
    """Take a scheme away, bring one in, tell its history, take a step back."""

    help = "Export or import a scheme of categories, print its history, or undo a revision."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Take the file before the options or after them."""
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.parse_args = parser.parse_intermixed_args  # type: ignore[method-assign]
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the act and what it is about."""
        parser.add_argument("act", choices=["export", "import", "log", "undo"])
        parser.add_argument("file", nargs="?", metavar="FILE", help="import: what is brought in")
        self.add_study(parser)
        parser.add_argument(
            "--scheme", help="short name of the scheme; may be left out where there is only one"
        )
        parser.add_argument(
            "--format",
            help="export: json (default), csv, xlsx or qdc; import: the same, else found out from"
            " the file; log: text (default) or json",
        )
        parser.add_argument(
            "--revision",
            type=int,
            help="export: as it was then, else as it is; import: the revision that the file was"
            " made for, refused where another came since; log: that one alone; undo: the one taken"
            " back",
        )
        parser.add_argument(
            "--output", metavar="FILE", help="export: where it goes, else to the screen"
        )
        parser.add_argument(
            "--without-merged", action="store_true", help="export: without merged categories"
        )
        parser.add_argument(
            "--without-retired", action="store_true", help="export: without retired categories"
        )
        parser.add_argument("--create", metavar="NAME", help="import: into a new scheme so named")
        parser.add_argument(
            "--rationale", default="", help="import, undo: the reason, kept in the history"
        )
        parser.add_argument(
            "--by", metavar="EMAIL", help="export, import, undo: who acts; else the system"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="import, undo: say it, and change nothing"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do one of the four."""
        acts = {
            "export": self._export,
            "import": self._import,
            "log": self._log,
            "undo": self._undo,
        }
        if bool(options["file"]) != (options["act"] == "import"):
            raise CommandError("Say which file to import; the other acts take none.")
        try:
            acts[options["act"]](study_named(options["study"]), options)
        except RefusedError as refusal:
            raise CommandError(str(refusal)) from None
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None

    # -- Taking away --------------------------------------------------------------------------

    def _export(self, study: Study, options: dict[str, Any]) -> None:
        scheme = scheme_named(study, options["scheme"])
        form = _form(options, FORMS, "json")
        content = exchanging.export_scheme(
            scheme=scheme,
            form=form,
            by=_member(study, options["by"], *RoleName),
            merged=not options["without_merged"],
            retired=not options["without_retired"],
            revision=options["revision"],
        )
        if options["output"]:
            _write(Path(options["output"]), content)
        elif form == "xlsx":
            raise CommandError("A workbook cannot be printed. Say where it goes: --output FILE.")
        else:
            self.stdout.write(content.decode(), ending="")

    # -- Bringing in --------------------------------------------------------------------------

    def _import(self, study: Study, options: dict[str, Any]) -> None:
        by = _member(study, options["by"], RoleName.ADMIN)
        form = _form(options, FORMS, "") if options["format"] else ""
        book = exchanging.book_in(_readable(options["file"]), "csv" if form == "xlsx" else form)
        new = options["create"] is not None
        scheme = None if new else scheme_named(study, options["scheme"])
        preview = exchanging.preview_of(book=book, study=study, scheme=scheme)
        self._show(preview)
        if options["dry_run"]:
            self.stdout.write("Checked only: nothing was imported.")
        elif scheme is None:
            self._start(study, preview, options, by)
        else:
            revision = exchanging.import_book(
                scheme=scheme,
                book=book,
                by=by,
                rationale=options["rationale"],
                expected_revision=options["revision"],
            )
            self.stdout.write(f"Brought in as revision {revision.number} of “{scheme.slug}”.")

    def _start(
        self,
        study: Study,
        preview: exchanging.Preview,
        options: dict[str, Any],
        by: Member | None,
    ) -> None:
        book = preview.book
        form = SchemeFromFileForm(
            {
                "name": options["create"],
                "slug": options["scheme"] or "",
                "description": book.description,
            }
        )
        if not form.is_valid():
            raise CommandError(" ".join(str(one) for some in form.errors.values() for one in some))
        scheme = exchanging.start_from_book(
            study=study, book=book, by=by, rationale=options["rationale"], **form.cleaned_data
        )
        self.stdout.write(f"Made the scheme “{scheme.slug}”, revision {scheme.revision}.")

    def _show(self, preview: exchanging.Preview) -> None:
        """Say what the file would do; CommandError where it cannot come in."""
        plan, form = preview.plan, preview.book.form
        for notice in plan.notices[:LINES_SHOWN]:
            self.stdout.write(f"notice: {book_sentence(notice, form)}")
        for step in plan.steps[:LINES_SHOWN]:
            self.stdout.write(f"{step.act.value}: {step.name}")
        more = len(plan.steps) - LINES_SHOWN
        if more > 0:
            self.stdout.write(f"… and {more} more.")
        kinds = [step.act for step in plan.steps]
        counts = [f"{act.value} {kinds.count(act)}" for act in ACTS if act in kinds]
        self.stdout.write(
            ", ".join(
                [*counts, f"untouched {plan.untouched}", f"not in the file {len(plan.absent)}"]
            )
        )
        reasons = [book_sentence(one, form) for one in plan.errors[:LINES_SHOWN]]
        reasons += [preview.refusal] if preview.refusal else []
        if reasons:
            raise CommandError(" ".join([*reasons, "Nothing was imported."]))

    # -- What was done ------------------------------------------------------------------------

    def _log(self, study: Study, options: dict[str, Any]) -> None:
        scheme = scheme_named(study, options["scheme"])
        form = _form(options, LOG_FORMS, "text")
        revisions = history_of(scheme).order_by("number")
        if options["revision"] is not None:
            revisions = revisions.filter(number=_revision(scheme, options["revision"]).number)
        if form == "json":
            changes = RevisionChange.objects.order_by("pk")
            revisions = revisions.prefetch_related(Prefetch("changes", changes))
            entries = [_entry(step) for step in steps_of(list(revisions))]
            self.stdout.write(json.dumps(entries, ensure_ascii=False, indent=2))
        else:
            for step in steps_of(list(revisions)):
                self.stdout.write(_line(step))

    def _undo(self, study: Study, options: dict[str, Any]) -> None:
        if options["revision"] is None:
            raise CommandError("Say which revision to take back: --revision N.")
        scheme = scheme_named(study, options["scheme"])
        by = _member(study, options["by"], RoleName.ADMIN)
        revision = _revision(scheme, options["revision"])
        with transaction.atomic():
            made = undo(revision=revision, by=by, rationale=options["rationale"])
            transaction.set_rollback(options["dry_run"])
        said = steps_of([revision])[0].sentence
        if options["dry_run"]:
            self.stdout.write(f"Can be taken back: {said} Nothing was changed.")
        else:
            self.stdout.write(f"Took back as revision {made.number}: {said}")


def _form(options: dict[str, Any], forms: Any, otherwise: str) -> str:
    form = str(options["format"] or otherwise)
    if form not in forms:
        raise CommandError(f"There is no format “{form}”. There are: {', '.join(forms)}.")
    return form


def _member(study: Study, email: str | None, *roles: RoleName) -> Member | None:
    """The active member with this e-mail address and one of the roles; None acts as the system."""
    if not email:
        return None
    members = Member.objects.active().filter(study=study, user__email=email.lower())
    member = members.with_role(*roles).first()
    if member is None:
        wanted = " or ".join(str(role.value) for role in roles)
        raise CommandError(f"“{email}” is not a member of the study with the role {wanted}.")
    return member


def _revision(scheme: Scheme, number: int) -> Revision:
    revision = Revision.objects.filter(scheme=scheme, number=number).first()
    if revision is None:
        raise CommandError(f"There is no revision {number}. The last one is {scheme.revision}.")
    return revision


def _line(step: Step) -> str:
    revision = step.revision
    who = revision.member.display_name if revision.member else "the system"
    reason = f" ({revision.rationale})" if revision.rationale else ""
    return f"{revision.number}  {_at(revision)}  {who}: {step.sentence}{reason}"


def _entry(step: Step) -> dict[str, Any]:
    revision = step.revision
    return {
        "revision": revision.number,
        "at": _at(revision),
        "by": revision.member.display_name if revision.member else None,
        "verb": revision.verb,
        "says": step.sentence,
        "rationale": revision.rationale,
        "undoes": revision.undoes.number if revision.undoes else None,
        "changes": [
            {
                "object": change.object_type,
                "id": str(change.object_uid),
                "before": change.before,
                "after": change.after,
            }
            for change in revision.changes.all()
        ],
    }


def _at(revision: Revision) -> str:
    return revision.created_at.isoformat(timespec="seconds")


def _readable(name: str) -> Path:
    path = Path(name)
    try:
        path.open("rb").close()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no such name"
        raise CommandError(f"“{name}” cannot be read: {reason}.") from None
    return path


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise CommandError(f"“{path}” cannot be written: {error.strerror}.") from None
