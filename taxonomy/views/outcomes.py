"""What came of a coder's own answers, and how far they are what counts."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from incidents.access import member_for
from incidents.choices import RoleName
from incidents.http import Request
from incidents.paging import page_by_key
from taxonomy import access
from taxonomy.forms.outcomes import OutcomeFilterForm
from taxonomy.queries.outcomes import came_of, differing, drift_of, own_settled, with_outcome
from taxonomy.queries.trees import tree_of


@require_GET
@never_cache
def coding_outcomes(request: Request, slug: str) -> HttpResponse:
    """A coder's own answers in locked batches of one scheme: what counts, and how often theirs."""
    coder = member_for(request, slug, RoleName.CODER)
    schemes = access.schemes_open_to(coder)
    filters = OutcomeFilterForm(request.GET, schemes=schemes)
    scheme = filters.chosen_scheme()
    context: dict[str, object] = {"study": coder.study, "filters": filters, "scheme": scheme}
    if scheme is not None:
        scheme.study = coder.study
        tree, own = tree_of(scheme), own_settled(coder, scheme)
        rows = differing(own, scheme, tree) if filters.only_differing() else own
        page = page_by_key(with_outcome(rows), query=request.GET)
        context |= {
            "drift": drift_of(coder, scheme, tree),
            "page": page,
            "rows": came_of(page.rows, scheme, tree),
            "active": filters.in_use(["differs"]),
            "previous_url": f"?{filters.query({'before': str(page.before)})}"
            if page.before
            else "",
            "next_url": f"?{filters.query({'after': str(page.after)})}" if page.after else "",
        }
    return render(request, "taxonomy/coding_outcomes.html", context)
