"""What the method section says of one scheme: its rounds, its coders and how far they agree."""

from django.db.models import Count, Max, Q, Sum
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidents.paging import shown_decimal, shown_number
from reports.queries.funnel import CodingStage
from reports.queries.method.sections import Gap, Section, listed, paragraph
from taxonomy.choices import Outcome, Purpose, Residual
from taxonomy.models import Coding, Revision, Round, Scheme, Training
from taxonomy.queries.counts import standing_counts
from taxonomy.queries.measured import Kept, figure_of
from taxonomy.queries.reliability import is_agreement_behind, kept_of, measured_batches
from taxonomy.queries.tables import answer
from taxonomy.queries.trees import tree_of
from taxonomy.reliability.results import Coefficient
from taxonomy.saturation.richness import richness_of
from taxonomy.tabulation.specification import Specification

COUNTING = (Purpose.PLAN, Purpose.IMPORT, Purpose.RESORT)
RELIABILITY, PLAN = "taxonomy:reliability_show", "taxonomy:plan_list"
DISPUTES = "taxonomy:dispute_list"


def scheme_section(scheme: Scheme, stage: CodingStage | None) -> Section:
    """How the moments were sorted in one scheme."""
    title = _("Coding: %(scheme)s") % {"scheme": scheme.name}
    if stage is None:
        return Section(title, [], [_gap(scheme, _("This scheme has no rounds yet."))])
    agreement, gaps = _agreement(scheme)
    return Section(
        title,
        [
            *paragraph(_rounds(scheme), _revisions(scheme), _seen(scheme)),
            *paragraph(_coders(scheme), _practised(scheme), _several(scheme), _outcomes(scheme)),
            *paragraph(_beside(stage)),
            *paragraph(*agreement),
        ],
        [*gaps, *_not_done(scheme, stage)],
    )


def _gap(scheme: Scheme, text: str, page: str = "") -> Gap:
    said = _("%(scheme)s: %(text)s") % {"scheme": scheme.name, "text": text}
    return Gap(said, page, scheme.slug)


def _rounds(scheme: Scheme) -> str:
    standing = Q(categories__exists=True, categories__merged_into=None)
    rows = Round.objects.filter(scheme=scheme, exists=True).order_by("position")
    named = [
        (one.name, one.standing)
        for one in rows.annotate(standing=Count("categories", filter=standing))
    ]
    if not any(number for _name, number in named):
        return _("It has no categories yet.")
    return _("Categories by round, the finest first: %(list)s.") % {"list": listed(named)}


def _revisions(scheme: Scheme) -> str:
    last = Revision.objects.filter(scheme=scheme).aggregate(at=Max("created_at"))["at"]
    if last is None:
        return ""
    text = ngettext(
        "The scheme was made in %(number)s step with its reason, on %(day)s.",
        "The scheme was made in %(number)s steps, each with its reason, the last on %(day)s.",
        scheme.revision,
    )
    day = date_format(last, "DATE_FORMAT")
    return text % {"number": shown_number(scheme.revision), "day": day}


def _seen(scheme: Scheme) -> str:
    """How much of what there is was seen, judged by the finest round as it is counted now."""
    finest = min(tree_of(scheme).rounds)
    table = answer(scheme, Specification(finest)).table
    rich = richness_of(int(row.cells[0].count) for row in table.rows)
    if rich.coverage is None or rich.chao1 is None:
        return ""
    return _(
        "At the finest round an estimated %(coverage)s per cent of what there is was seen (Good and"
        " Turing); %(categories)s categories were used, and at least %(chao)s are to be expected"
        " (Chao 1)."
    ) % {
        "coverage": shown_decimal(100 * rich.coverage, 1),
        "categories": shown_number(rich.categories),
        "chao": shown_number(round(rich.chao1)),
    }


def _coders(scheme: Scheme) -> str:
    codings = Coding.objects.filter(scheme=scheme, purpose__in=COUNTING)
    number = codings.aggregate(coders=Count("coder", distinct=True))["coders"]
    if not number:
        return ""
    return ngettext("%(number)s person coded.", "%(number)s people coded.", number) % {
        "number": shown_number(number)
    }


def _practised(scheme: Scheme) -> str:
    done = Training.objects.filter(training_set__scheme=scheme, finished_at__isnull=False)
    number = done.aggregate(members=Count("member", distinct=True))["members"]
    if not number:
        return ""
    return ngettext(
        "%(number)s of them practised on moments with a key before.",
        "%(number)s of them practised on moments with a key before.",
        number,
    ) % {"number": shown_number(number)}


def _several(scheme: Scheme) -> str:
    number = measured_batches(scheme).count()
    if not number:
        return ""
    return ngettext(
        "%(number)s batch was coded by several people, none of whom saw another's answer before all"
        " had finished.",
        "%(number)s batches were coded by several people, none of whom saw another's answer before"
        " all had finished.",
        number,
    ) % {"number": shown_number(number)}


def _outcomes(scheme: Scheme) -> str:
    rows = standing_counts([scheme]).order_by().values_list("outcome").annotate(n=Sum("moments"))
    counts = dict(rows)
    wanted = (Outcome.SINGLE, Outcome.AGREED, Outcome.MAJORITY, Outcome.ADJUDICATED)
    numbers = [(outcome.label, counts.get(outcome.value, 0)) for outcome in wanted]
    if not any(number for _label, number in numbers):
        return ""
    return _("What counts for a moment rests on: %(list)s.") % {"list": listed(numbers)}


def _beside(stage: CodingStage) -> str:
    beside = [(Residual(kind).label, number) for kind, number in stage.residuals.items()]
    base = _("%(placed)s of %(moments)s moments are placed in a category.") % {
        "placed": shown_number(stage.placed),
        "moments": shown_number(stage.moments),
    }
    if not any(number for _label, number in beside):
        return base
    return base + " " + _("Beside them stand: %(list)s.") % {"list": listed(beside)}


def _not_done(scheme: Scheme, stage: CodingStage) -> list[Gap]:
    open_still = (
        (Residual.NOT_CODED, _("Not all moments are coded."), PLAN),
        (Residual.IN_DISPUTE, _("Disputes are not settled."), DISPUTES),
    )
    return [
        _gap(scheme, text, page) for kind, text, page in open_still if stage.residuals.get(kind)
    ]


def _agreement(scheme: Scheme) -> tuple[list[str], list[Gap]]:
    report = kept_of(scheme).report
    if report is None or not report.answer.get("rounds"):
        text = _("How far coders agree was not measured.")
        page = RELIABILITY if measured_batches(scheme).exists() else PLAN
        return [], [_gap(scheme, text, page)]
    sentences = [_at_round(kept) for kept in report.answer["rounds"]]
    told = _(
        "Agreement is that of the coders' own answers, before any dispute was settled; intervals"
        " are those of a bootstrap over %(clusters)s."
    ) % {"clusters": _clusters(report.question)}
    behind = _("What agreement was measured on has changed since.")
    gaps = [_gap(scheme, behind, RELIABILITY)] if is_agreement_behind(report, scheme) else []
    return [told, *sentences], gaps


def _clusters(question: Kept) -> str:
    return _("interviews") if question.get("clusters") == "interview" else _("organizations")


def _at_round(kept: Kept) -> str:
    alike, alpha = (
        figure_of(kept["overall"][one.value])
        for one in (Coefficient.PERCENT_AGREEMENT, Coefficient.KRIPPENDORFF_ALPHA)
    )
    where = {
        "round": kept["name"],
        "units": shown_number(kept["units"]),
        "coders": shown_number(kept["coders"]),
        "k": shown_number(kept["k"]),
    }
    if alike.value is None or alpha.value is None:
        return _("%(round)s: undefined (%(units)s moments).") % where
    figures = {"percent": shown_decimal(100 * alike.value, 1), "alpha": _two(alpha.value)}
    if not alpha.has_interval:
        return _(
            "%(round)s: %(percent)s per cent alike, Krippendorff's alpha %(alpha)s (moments:"
            " %(units)s; coders: %(coders)s; categories: %(k)s)."
        ) % {**where, **figures}
    return _(
        "%(round)s: %(percent)s per cent alike, Krippendorff's alpha %(alpha)s, 95 per cent"
        " interval %(low)s to %(high)s (moments: %(units)s; coders: %(coders)s; categories:"
        " %(k)s)."
    ) % {**where, **figures, "low": _two(alpha.low), "high": _two(alpha.high)}


def _two(value: float | None) -> str:
    return "" if value is None else shown_decimal(value, 2)
