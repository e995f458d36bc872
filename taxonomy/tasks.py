"""Background work of the taxonomy that no request asks for."""

import logging

from celery import shared_task

from incidents.models import Study
from taxonomy.queries.checks import lasting_differences

logger = logging.getLogger(__name__)


@shared_task(name="taxonomy.check_facts_nightly", ignore_result=True)
def check_facts_nightly() -> None:
    """Compare what is derived with what was recorded, and log any difference as an error."""
    for study in Study.objects.order_by("pk"):
        for difference in lasting_differences(study):
            logger.error("Study %s: %s", study.slug, difference)
