"""A new study together with the scheme it starts from."""

from django.db import transaction

from incidents.actions.studies import create_study
from incidents.models import Study, User
from taxonomy.actions.editing import start_scheme
from taxonomy.queries.codebooks import codebook


@transaction.atomic
def start_study(*, user: User, name: str, slug: str, template: str | None = None) -> Study:
    """Make a study and, from the codebook named by `template`, its first scheme.

    Raises what `create_study` raises; then nothing is made.
    """
    study = create_study(user=user, slug=slug, name=name)
    if template is not None:
        start_scheme(study=study, by=study.members.get(), **codebook(template))
    return study
