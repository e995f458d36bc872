"""What a coder was offered beside an answer, written down with it."""

from incidents.prepared import Given, Question, insert
from taxonomy.models import Assignment, Classifier, Coding, Suggestion
from taxonomy.queries.suggestions import offering_of


def keep_offered(coding: Coding, token: str, assignment: Assignment) -> None:
    """Write down what a page showed of suggestions beside an answer, by the token it was given.

    Nothing where the server did not sign it for this assignment, or the classifier is not known.
    Call it in the transaction that writes the answer.
    """
    offering = offering_of(token, assignment) if token else None
    if offering is None:
        return
    known = _classifiers.first(classifier=offering.classifier, scheme=coding.scheme_id)
    if known is None:
        return
    keys = offering.categories
    chosen = keys.index(coding.category_id) + 1 if coding.category_id in keys else None
    insert(
        Suggestion(
            coding=coding,
            classifier=known,
            offered=offering.offered,
            categories=keys,
            chosen=chosen,
        )
    )


_classifiers = Question(
    lambda: Classifier.objects.filter(pk=Given("classifier"), scheme=Given("scheme")).only("pk")
)
