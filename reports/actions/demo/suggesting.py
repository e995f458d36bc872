"""Asks for the classifiers of the demo study; a worker trains them."""

from incidents.models import Member, Study
from taxonomy.actions.suggesting import ask_training
from taxonomy.models import Classifier, Scheme

SCHEMES = ("serve", "outcome")


def ask_for_suggestions(*, study: Study, admin: Member) -> None:
    """Ask for a classifier of each of these schemes, unless that was done."""
    for scheme in Scheme.objects.filter(study=study, slug__in=SCHEMES).select_related("study"):
        if not Classifier.objects.filter(scheme=scheme).exists():
            ask_training(scheme=scheme, by=admin)
