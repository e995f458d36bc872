"""The app that sorts what was told."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TaxonomyConfig(AppConfig):
    """Schemes, codings, settlements and tallies."""

    name = "taxonomy"
    verbose_name = _("Taxonomy")

    def ready(self) -> None:
        """Say which background work this app does."""
        from incidents import jobs  # noqa: PLC0415  (models are loaded only now)
        from incidents.actions.numbering import REBUILD_TALLIES  # noqa: PLC0415
        from incidents.actions.parts import before_dividing, when_made_whole  # noqa: PLC0415
        from taxonomy.actions import (  # noqa: PLC0415
            holding,
            importing,
            joining,
            machine,
            measuring,
            measuring_again,
            parting,
            running,
            saturating,
            suggesting,
            tallying,
        )

        for kind, act, label in (
            (REBUILD_TALLIES, tallying.rebuild_tallies, _("Counting")),
            (importing.CHECK_IMPORT, importing.check_import, _("Reading a file")),
            (importing.RUN_IMPORT, importing.run_import, _("Importing a file")),
            (importing.UNDO_IMPORT, importing.undo_import, _("Undoing an import")),
            (machine.SORT_BY_WORDS, machine.sort_by_words, _("Sorting categories by words")),
            (measuring.MEASURE_AGREEMENT, measuring.measure_agreement, _("Measuring agreement")),
            (
                measuring_again.MEASURE_RECODING,
                measuring_again.measure_recoding,
                _("Measuring agreement of coders with themselves"),
            ),
            (
                saturating.COUNT_SATURATION,
                saturating.count_saturation,
                _("Counting saturation and participation"),
            ),
            (holding.BRING_BACK, holding.bring_back, _("Bringing back what was held out")),
            (suggesting.TRAIN_CLASSIFIER, suggesting.train_classifier, _("Training a classifier")),
        ):
            jobs.register(kind, act, label=label)
        before_dividing(parting.keep_keys_true)
        when_made_whole(joining.join_cards)
        jobs.register_sweep(tallying.find_stale_tallies)
        jobs.register_sweep(running.lock_finished)
