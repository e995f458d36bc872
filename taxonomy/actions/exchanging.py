"""A scheme as a file: taken away, looked at before it comes in, and brought in by one revision."""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterable
from pathlib import Path

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents.actions.files import keep_file, path_of
from incidents.actions.history import record_change
from incidents.actions.refusals import RefusedError
from incidents.models import Member, Study
from taxonomy.actions.editing import start_scheme
from taxonomy.actions.revisions import InvalidTree, revise
from taxonomy.choices import RevisionVerb
from taxonomy.exchange.book import Book, BookError, BookProblem
from taxonomy.exchange.files import form_of, read_book, write_book
from taxonomy.exchange.matching import Plan, plan_of, tree_after
from taxonomy.exchange.taking import book_of
from taxonomy.exchange_messages import book_sentence
from taxonomy.models import Category, Revision, Round, Scheme, SchemeFile
from taxonomy.queries.held import concerns_codings
from taxonomy.queries.revisions import rows_of, tree_at_revision
from taxonomy.sheet_messages import sentence
from taxonomy.sheets.problems import SheetError
from taxonomy.tabulation.folding import Fields, faults

FORGOTTEN = dt.timedelta(days=1)
ERRORS_SAID = 5


@dataclasses.dataclass(frozen=True)
class Preview:
    """What a file would do to a scheme at a revision, and why it cannot, if so."""

    book: Book
    plan: Plan
    revision: int
    refusal: str

    @property
    def possible(self) -> bool:
        """Whether it can be brought in as it is."""
        return bool(self.plan.changes) and not self.plan.errors and not self.refusal


# -- Taking away ------------------------------------------------------------------------------


@transaction.atomic
def export_scheme(
    *,
    scheme: Scheme,
    form: str,
    by: Member | None,
    merged: bool = True,
    retired: bool = True,
    revision: int | None = None,
) -> bytes:
    """The scheme as a file of one of FORMS, as it stands or as it was at a revision.

    Raises RefusedError where the form cannot hold it, or there was no such revision.
    """
    if revision is not None and not Revision.objects.filter(scheme=scheme, number=revision):
        raise RefusedError(_("There is no revision %(number)d.") % {"number": revision})
    now = Scheme.objects.values_list("revision", flat=True).get(pk=scheme.pk)
    number = now if revision is None else revision
    tree = tree_at_revision(scheme, number)
    book = book_of(
        tree,
        merged=merged and form != "qdc",
        retired=retired,
        form=form,
        name=scheme.name,
        slug=scheme.slug,
        description=scheme.description,
        revision=number,
    )
    try:
        content = write_book(book, form)
    except BookError as error:
        raise RefusedError(book_sentence(error.problem)) from None
    record_change(
        verb="export_scheme",
        on=scheme,
        study=scheme.study,
        by=by,
        form=form,
        revision=book.revision,
        merged=merged,
        retired=retired,
    )
    return content


@transaction.atomic
def log_crosswalk(*, scheme: Scheme, other: Scheme, rounds: tuple[int, int], by: Member) -> None:
    """Record that a member took a table of two schemes away."""
    record_change(
        verb="export_crosswalk",
        on=scheme,
        study=by.study,
        by=by,
        other=str(other.uid),
        rounds=list(rounds),
    )


@transaction.atomic
def log_answers(*, scheme: Scheme, by: Member) -> None:
    """Record that a member took the answers of coders away."""
    record_change(verb="export_answers", on=scheme, study=by.study, by=by)


# -- Between preview and import ---------------------------------------------------------------


def receive_scheme_file(
    *, study: Study, name: str, chunks: Iterable[bytes], by: Member, scheme: Scheme | None = None
) -> SchemeFile:
    """Keep a file that holds a scheme; without `scheme` it is to make a new one.

    Raises RefusedError with a sentence where it cannot be read; then nothing is kept. What the
    member left lying for a day goes.
    """
    _clear_forgotten(by)
    file = keep_file(
        study=study, name=name, chunks=chunks, by=by, look=lambda path, _sha: book_in(path)
    )
    with transaction.atomic():
        kept = SchemeFile.objects.create(file=file, scheme=scheme)
        record_change(verb="receive_scheme_file", on=kept, study=study, by=by)
    return kept


def _clear_forgotten(by: Member) -> None:
    before = timezone.now() - FORGOTTEN
    files = SchemeFile.objects.filter(file__member=by, created_at__lt=before)
    for kept in files.select_related("file__study"):
        put_away(file=kept, by=by)


@transaction.atomic
def put_away(*, file: SchemeFile, by: Member | None) -> None:
    """Throw away a kept file: it was brought in, or is not wanted."""
    stored, path = file.file, path_of(file.file)
    record_change(verb="put_scheme_file_away", on=file, study=stored.study, by=by)
    file.delete()
    stored.delete()
    transaction.on_commit(lambda: path.unlink(missing_ok=True))


def book_in(path: Path, form: str = "") -> Book:
    """The book of a file. Raises RefusedError with a sentence where it cannot be read."""
    try:
        return read_book(path, form)
    except (BookError, SheetError) as error:
        raise _refusal(error, form or form_of(path)) from None


def book_kept(file: SchemeFile) -> Book:
    """The book of a kept file, read anew. Raises RefusedError where it was put away meanwhile."""
    try:
        return book_in(path_of(file.file))
    except OSError:
        raise RefusedError(_("The file is no longer there. Upload it again.")) from None


def _refusal(error: BookError | SheetError, form: str = "") -> RefusedError:
    if isinstance(error, BookError):
        return RefusedError(book_sentence(error.problem, form))
    if error.problem.code == "header_only":
        return RefusedError(book_sentence(BookProblem("no_rows"), form))
    said, row = sentence(error.problem), error.problem.row
    return RefusedError(_("Line %(line)d: %(said)s") % {"line": row, "said": said} if row else said)


def preview_of(*, book: Book, study: Study, scheme: Scheme | None) -> Preview:
    """What a book would do to a scheme as it stands, or to a new one of the study; nothing stays.

    A tree that would break a rule is tried out and taken back, so that the sentence is the same.
    """
    if scheme is None:
        tree: dict[str, Fields] = {}
        plan, revision = plan_in(book, tree, Scheme()), 0
    else:
        revision = Scheme.objects.values_list("revision", flat=True).get(pk=scheme.pk)
        tree = rows_of(scheme)
        plan = plan_in(book, tree, scheme)
    broken = not plan.errors and any(faults(tree, tree_after(tree, plan)))
    return Preview(book, plan, revision, _fault(plan, study, scheme) if broken else "")


def _fault(plan: Plan, study: Study, scheme: Scheme | None) -> str:
    """The sentence with which the engine refuses a plan."""
    try:
        with transaction.atomic():
            if scheme is None:
                tried = Scheme.objects.create(study=study, slug=uuid.uuid4().hex)
            else:
                tried = Scheme.objects.get(pk=scheme.pk)
            _revise(tried, plan, by=None, rationale="", expected=None)
            transaction.set_rollback(True)  # it was only tried
    except RefusedError as refusal:
        return str(refusal)
    return ""


def plan_in(book: Book, tree: dict[str, Fields], scheme: Scheme) -> Plan:
    """What a book would do to the tree of a scheme, ids of other schemes avoided."""
    uids = {row.uid for row in book.rounds if row.uid}
    uids |= {row.uid for row in book.categories if row.uid}
    taken = {
        str(uid)
        for model in (Round, Category)
        for uid in model._default_manager.filter(uid__in=uids)
        .exclude(scheme=scheme.pk)
        .values_list("uid", flat=True)
    }
    return plan_of(
        book,
        tree,
        scheme=str(scheme.uid),
        taken=frozenset(taken),
        round_name=lambda position: _("Round %(number)d") % {"number": position},
    )


# -- Bringing in ------------------------------------------------------------------------------


def import_book(
    *,
    scheme: Scheme,
    book: Book,
    by: Member | None,
    rationale: str = "",
    expected_revision: int | None = None,
) -> Revision:
    """Bring a book into a scheme as one revision, all of it or nothing; what it lacks stays.

    Raises Conflict where the scheme is no longer at `expected_revision`, and InvalidTree where the
    file does not fit or would change nothing.
    """
    now = Scheme.objects.values_list("revision", flat=True).get(pk=scheme.pk)
    expected = now if expected_revision is None else expected_revision
    plan = plan_in(book, rows_of(scheme), scheme)
    if expected == now:  # else the engine says what stands in the way
        _refuse_errors(plan, book.form)
    return _revise(scheme, plan, by=by, rationale=rationale, expected=expected)


def meets_codings(*, book: Book, scheme: Scheme) -> bool:
    """Whether codings may stand in the way of a book: it parts what was merged."""
    return concerns_codings(plan_in(book, rows_of(scheme), scheme).changes)


@transaction.atomic
def start_from_book(
    *,
    study: Study,
    slug: str,
    name: str,
    description: str = "",
    book: Book,
    by: Member | None,
    rationale: str = "",
) -> Scheme:
    """Make a new scheme of a book: it starts empty, and its second revision brings everything.

    Raises ValidationError (on `slug`) where the study has such a scheme, and InvalidTree.
    """
    scheme = start_scheme(study=study, slug=slug, name=name, description=description, by=by)
    plan = plan_in(book, {}, scheme)
    _refuse_errors(plan, book.form)
    _revise(scheme, plan, by=by, rationale=rationale, expected=scheme.revision)
    return scheme


def _refuse_errors(plan: Plan, form: str) -> None:
    if plan.errors:
        raise InvalidTree(" ".join(book_sentence(one, form) for one in plan.errors[:ERRORS_SAID]))


def _revise(
    scheme: Scheme, plan: Plan, *, by: Member | None, rationale: str, expected: int | None
) -> Revision:
    return revise(
        scheme=scheme,
        verb=RevisionVerb.IMPORT,
        rationale=rationale,
        by=by,
        changes=plan.changes,
        expected_revision=expected,
    )
