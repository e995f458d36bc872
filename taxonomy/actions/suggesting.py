"""Suggestions on probation: training a classifier, offering it, and looking at its doubts."""

import random
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents.actions.files import keep_file, path_of
from incidents.actions.history import record_change
from incidents.actions.refusals import RefusedError
from incidents.choices import JobState
from incidents.jobs import Claim, Refused
from incidents.models import Member, StoredFile
from taxonomy.actions.asking import ask_for, asked_for
from taxonomy.choices import Offered
from taxonomy.models import Category, Classifier, Doubt, Scheme
from taxonomy.queries.suggestions import Known, classifier_of, known_of, led_in, settled_in
from taxonomy.queries.trees import tree_of
from taxonomy.suggestions.trial import trial_of

if TYPE_CHECKING:
    from taxonomy.suggestions.model import LinearModel
    from taxonomy.suggestions.training import Guess, Row

TRAIN_CLASSIFIER = "taxonomy.train_classifier"
FEWEST_MOMENTS = 50
FEWEST_CATEGORIES = 2
MOST_MOMENTS = 20_000  # read; of more a random sample
MOST_DOUBTS = 2_000
AT_ONCE = 500
SEED = 1


def ask_training(*, scheme: Scheme, by: Member | None) -> Classifier:
    """Ask for a classifier of a scheme to be trained; what waits already is not asked for twice.

    Raises RefusedError where too little is settled to learn from.
    """
    if settled_in(scheme, tree_of(scheme)).count() < FEWEST_MOMENTS:
        raise RefusedError(_too_few())
    return ask_for(Classifier, kind=TRAIN_CLASSIFIER, verb="ask_training", scheme=scheme, by=by)


def _too_few() -> str:
    words = _(
        "There is too little to learn from: it takes %(moments)d moments settled in the finest "
        "round, with at least two categories that have %(each)d each."
    )
    return words % {"moments": FEWEST_MOMENTS, "each": 5}


@transaction.atomic
def offer_suggestions(*, scheme: Scheme, offered: str, by: Member) -> bool:
    """Say when coders see what the classifier would say; returns whether that is new."""
    if offered not in Offered.values:
        raise RefusedError(_("Choose when suggestions are shown."))
    held = Scheme.objects.select_for_update(no_key=True).get(pk=scheme.pk)
    if held.offered == offered:
        return False
    Scheme.objects.filter(pk=scheme.pk).update(offered=offered)
    about: dict[str, Any] = {"before": held.offered, "offered": offered}
    record_change(verb="offer_suggestions", on=scheme, study=scheme.study, by=by, **about)
    scheme.offered = offered
    return True


@transaction.atomic
def look_at_doubt(*, doubt: Doubt, looked: bool, by: Member) -> bool:
    """Tick a doubt as looked at, or take the tick away; returns whether it changed."""
    rows = Doubt.objects.filter(pk=doubt.pk, looked_at__isnull=looked)
    about = {"looked_by": by, "looked_at": timezone.now()} if looked else {}
    if not rows.update(**(about or {"looked_by": None, "looked_at": None})):
        return False
    study = doubt.classifier.scheme.study
    record_change(verb="look_at_doubt", on=doubt, study=study, by=by, looked=looked)
    return True


# -- The job -------------------------------------------------------------------------------------


def train_classifier(claim: Claim) -> None:
    """Train a classifier on what is settled, and try it on what it has not read. The runner.

    Nobody sees anything of it before the transaction that finishes the job.
    """
    from taxonomy.suggestions import training  # noqa: PLC0415  (loads scikit-learn)

    classifier = asked_for(Classifier, claim)
    scheme = classifier.scheme
    _remove_files([classifier])  # of an attempt that was stopped
    known, settled = _read(scheme)
    rows = [training.Row(one.text, one.category.uid, str(one.person)) for one in known]
    learned = training.learnable(rows)
    if len(rows) < FEWEST_MOMENTS or len(learned) < FEWEST_CATEGORIES:
        raise Refused(_too_few())
    guessed, model = _learn(claim, [row for row in rows if row.category in learned])
    tried = iter(guessed)
    guesses = [next(tried) if row.category in learned else None for row in rows]
    doubts = _doubts(known, guesses)
    report = {
        **_fared(scheme, known, guesses, learned),
        "read": len(rows),
        "settled": settled,
        "doubts": len(doubts),
        "folds": training.FOLDS,
        "seed": SEED,
    }
    with _kept(classifier, model.packed()) as file:
        _write_doubts(claim, classifier, doubts[:MOST_DOUBTS])
        with transaction.atomic():
            claim.hold()
            rows_of = Classifier.objects.filter(pk=classifier.pk)
            rows_of.update(
                file=file.path,
                report=report,
                trained_at=timezone.now(),
                data_seq=classifier.data_seq,
                revision=classifier.revision,
            )
            record_change(verb="train_classifier", on=classifier, study=scheme.study)
            claim.finish(moments=len(rows))
    remove_older(scheme)


def _learn(claim: Claim, rows: "Sequence[Row]") -> "tuple[list[Guess | None], LinearModel]":
    """What was guessed of each row without having read it, and what was learned from them all."""
    from taxonomy.suggestions import training  # noqa: PLC0415  (loads scikit-learn)

    def tell(done: int, _all: int = training.FOLDS) -> None:
        claim.progress(done, training.FOLDS + 1)

    try:
        guessed = training.tried_out(rows, seed=SEED, progress=tell)
        model = training.train(rows, seed=SEED, alive=lambda: tell(training.FOLDS))
    except training.NothingToLearn as error:
        raise Refused(_("No words are shared between what several people told.")) from error
    return guessed, model


def _fared(
    scheme: Scheme,
    known: Sequence[Known],
    guesses: "Sequence[Guess | None]",
    learned: Collection[str],
) -> dict[str, Any]:
    """How it did where nobody was led by suggestions; `led` is how many moments that leaves out."""
    led = led_in(scheme)
    fair = [place for place, one in enumerate(known) if one.moment not in led]
    settled = [known[place].category.uid for place in fair]
    found = trial_of(settled, [guesses[place] for place in fair], learned)
    return {**found, "led": len(known) - len(fair)}


def _read(scheme: Scheme) -> tuple[list[Known], int]:
    """What is learned from, and of how many settled moments it was drawn."""
    tree = tree_of(scheme)
    settled = settled_in(scheme, tree)
    keys = list(settled.order_by("moment").values_list("moment", flat=True))
    number = len(keys)
    if number > MOST_MOMENTS:
        keys = sorted(random.Random(SEED).sample(keys, MOST_MOMENTS))  # noqa: S311  (no secret)
    return known_of(settled, tree, keys), number


def _name_of(classifier: Classifier) -> str:
    """What its file is called, so that it is found where a worker died before its row named it."""
    return f"classifier-{classifier.uid}.npz"


@contextmanager
def _kept(classifier: Classifier, content: bytes) -> Iterator[StoredFile]:
    """Keep a file for good if the body succeeds; else no trace of it is left."""
    study = classifier.scheme.study
    file = keep_file(study=study, name=_name_of(classifier), chunks=[content], by=None)
    try:
        yield file
    except BaseException:
        _remove(file)
        raise


def _remove(file: StoredFile) -> None:
    path_of(file).unlink(missing_ok=True)
    StoredFile.objects.filter(pk=file.pk).delete()


def _remove_files(classifiers: Collection[Classifier]) -> None:
    """Remove the files of these, also such as their rows do not name."""
    names = [_name_of(one) for one in classifiers]
    paths = [one.file for one in classifiers if one.file]
    for file in StoredFile.objects.filter(Q(name__in=names) | Q(path__in=paths)):
        _remove(file)
    Classifier.objects.filter(file__in=paths).update(file="")


def remove_older(scheme: Scheme) -> None:
    """Remove what classifiers before the last one left: files and doubts; codings name them still.

    Also of those that were given up. In portions, after the last one is there for everybody. Doing
    it again does no harm.
    """
    last = classifier_of(scheme)
    if last is None:
        return
    rows = Classifier.objects.filter(scheme=scheme).exclude(pk=last.pk)
    given_up = Q(job__isnull=True) | Q(job__state=JobState.FAILED)
    older = rows.filter(Q(trained_at__isnull=False) | given_up)
    doubts = Doubt.objects.filter(classifier__in=older)
    while keys := list(doubts.values_list("pk", flat=True)[:AT_ONCE]):
        Doubt.objects.filter(pk__in=keys).delete()
    _remove_files(list(older))


# -- Doubts --------------------------------------------------------------------------------------

_Doubted = tuple[Known, str, float]


def _doubts(known: Sequence[Known], guesses: "Sequence[Guess | None]") -> list[_Doubted]:
    """The moments that it would put elsewhere, the clearest first."""
    found = [
        (one, guess.ranked[0], guess.margin)
        for one, guess in zip(known, guesses, strict=True)
        if guess is not None and guess.ranked[0] != one.category.uid
    ]
    return sorted(found, key=lambda doubt: (-doubt[2], doubt[0].moment))


def _write_doubts(claim: Claim, classifier: Classifier, doubts: Sequence[_Doubted]) -> None:
    """Write them in portions; what was looked at before and is doubted alike stays looked at."""
    scheme = classifier.scheme
    Doubt.objects.filter(classifier=classifier).delete()  # of an attempt that was stopped
    key_of = {str(uid): key for uid, key in _keys(scheme)}
    looked = {
        (row.moment_id, row.stands_id, row.suggested_id): row
        for row in Doubt.objects.filter(classifier=classifier_of(scheme), looked_at__isnull=False)
    }
    for start in range(0, len(doubts), AT_ONCE):
        rows = []
        for known, suggested, margin in doubts[start : start + AT_ONCE]:
            stands = known.category.key
            before = looked.get((known.moment, stands, key_of[suggested]))
            rows.append(
                Doubt(
                    classifier=classifier,
                    moment_id=known.moment,
                    stands_id=stands,
                    suggested_id=key_of[suggested],
                    margin=margin,
                    looked_by_id=before.looked_by_id if before else None,
                    looked_at=before.looked_at if before else None,
                )
            )
        with transaction.atomic():
            claim.hold()
            Doubt.objects.bulk_create(rows)


def _keys(scheme: Scheme) -> Any:
    return Category.objects.filter(scheme=scheme).values_list("uid", "pk")
