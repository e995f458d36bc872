"""The key of a training set is about a moment as it was cut: what a set has is not cut anew."""

from django.utils.translation import gettext as _

from incidents.actions.refusals import RefusedError
from incidents.models import Incident
from taxonomy.models import TrainingItem


def keep_keys_true(incident: Incident) -> None:
    """Refuse to cut what a training set has, and let go the keys of what was taken out of one.

    A moment that is put in again begins with what is settled for it as it is then.
    """
    items = TrainingItem.objects.filter(moment__incident=incident)
    standing = items.filter(taken_out_at__isnull=True)
    names = standing.order_by("training_set").values_list("training_set__name", flat=True)
    if found := list(dict.fromkeys(names)):
        raise RefusedError(
            _(
                "This incident is to be practised on in a training set (%(sets)s), with a key for "
                "the moments as they are. Take it out there first, and put its parts in afterwards."
            )
            % {"sets": ", ".join(found)}
        )
    items.delete()
