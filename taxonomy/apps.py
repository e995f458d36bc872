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

        jobs.register(REBUILD_TALLIES, tallying.rebuild_tallies, label=_("Counting"))
        jobs.register(importing.CHECK_IMPORT, importing.check_import, label=_("Reading a file"))
        jobs.register(importing.RUN_IMPORT, importing.run_import, label=_("Importing a file"))
        jobs.register(importing.UNDO_IMPORT, importing.undo_import, label=_("Undoing an import"))
        jobs.register(
            machine.SORT_BY_WORDS, machine.sort_by_words, label=_("Sorting categories by words")
        )
        jobs.register(
            measuring.MEASURE_AGREEMENT, measuring.measure_agreement, label=_("Measuring agreement")
        )
        jobs.register(
            measuring_again.MEASURE_RECODING,
            measuring_again.measure_recoding,
            label=_("Measuring agreement of coders with themselves"),
        )
        jobs.register(
            saturating.COUNT_SATURATION,
            saturating.count_saturation,
            label=_("Counting saturation and participation"),
        )
        jobs.register(
            holding.BRING_BACK, holding.bring_back, label=_("Bringing back what was held out")
        )
        jobs.register(
            suggesting.TRAIN_CLASSIFIER,
            suggesting.train_classifier,
            label=_("Training a classifier"),
        )
        before_dividing(parting.keep_keys_true)
        when_made_whole(joining.join_cards)
        jobs.register_sweep(tallying.find_stale_tallies)
        jobs.register_sweep(running.lock_finished)
