"""The quotes that may be read outside, to be taken along."""

from collections.abc import Callable, Sequence

from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from incidents.access import require_recent_sign_in_for_file
from incidents.http import Request
from reports import access
from reports.actions.quoting import log_quotes
from reports.exports.quotes import as_csv, as_text
from reports.queries.quotes import Quotable, quotable

TEXT = "text/plain; charset=utf-8"
CSV = "text/csv; charset=utf-8"


@require_GET
@never_cache
def quotes_text(request: Request, slug: str) -> HttpResponse:
    """All confirmed quotes as text."""
    return _file(request, slug, "txt", TEXT, as_text)


@require_GET
@never_cache
def quotes_csv(request: Request, slug: str) -> HttpResponse:
    """All confirmed quotes as CSV."""
    return _file(request, slug, "csv", CSV, as_csv)


def _file(
    request: Request,
    slug: str,
    form: str,
    kind: str,
    write: Callable[[Sequence[Quotable]], bytes],
) -> HttpResponse:
    reader = access.reader_for(request, slug)
    require_recent_sign_in_for_file(request)
    quotes = quotable(reader.study)
    content = write(quotes)
    log_quotes(quotes=quotes, form=form, by=reader)
    headers = {"Content-Disposition": f'attachment; filename="{slug}-quotes.{form}"'}
    return HttpResponse(content, content_type=kind, headers=headers)
