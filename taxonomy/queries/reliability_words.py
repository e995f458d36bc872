"""The words for coefficients of agreement, and for why one is undefined."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from taxonomy.reliability.results import Coefficient, Reason

COEFFICIENTS: Final[dict[Coefficient, Promise]] = {
    Coefficient.PERCENT_AGREEMENT: _("Percent agreement"),
    Coefficient.COHEN_KAPPA: _("Cohen's kappa"),
    Coefficient.SCOTT_PI: _("Scott's pi"),
    Coefficient.FLEISS_KAPPA: _("Fleiss' kappa"),
    Coefficient.KRIPPENDORFF_ALPHA: _("Krippendorff's alpha"),
    Coefficient.GWET_AC1: _("Gwet's AC1"),
    Coefficient.BRENNAN_PREDIGER: _("Brennan–Prediger"),
    Coefficient.PERREAULT_LEIGH: _("Perreault–Leigh I_r"),
}
REASONS: Final[dict[Reason, Promise]] = {
    Reason.NO_RATINGS: _("Undefined: no coding counts here."),
    Reason.ONE_CODER: _("Undefined: only one coder has coded, so nobody can agree or disagree."),
    Reason.NO_OVERLAP: _("Undefined: no moment was coded by two coders."),
    Reason.ONE_CATEGORY: _("Undefined: only one category was open, so nobody could disagree."),
    Reason.ONE_COMPARED: _(
        "Undefined: wherever two coders can be compared, all chose the same one category; what"
        " chance would give cannot be told."
    ),
    Reason.NOT_COMPARED: _("Undefined: no moment with this category was coded by two coders."),
    Reason.NOTHING_ELSE: _(
        "Undefined: wherever two coders can be compared, all chose this category."
    ),
    Reason.MANY_CODERS: _("Not computed: there are too many coders to compare each with each."),
    Reason.MANY_VALUES: _("Not computed: there are too many different values."),
}
