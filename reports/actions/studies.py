"""A new study together with the schemes it starts from."""

from collections.abc import Sequence

from django.db import transaction

from incidents.actions.studies import create_study
from incidents.models import Study, User
from taxonomy.actions.editing import start_scheme
from taxonomy.queries.codebooks import codebook


@transaction.atomic
def start_study(*, user: User, name: str, slug: str, templates: Sequence[str] = ()) -> Study:
    """Make a study and, from the codebooks named by `templates`, its first schemes.

    Raises what `create_study` raises; then nothing is made.
    """
    study = create_study(user=user, slug=slug, name=name)
    for template in templates:
        start_scheme(study=study, by=study.members.get(), **codebook(template))
    return study
