"""Names and codes that are taken: the database decides, people get a sentence."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction


@contextmanager
def refuse_taken(field: str, message: str) -> Iterator[None]:
    """Turn a broken unique constraint into a ValidationError on `field`; nothing is kept."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise ValidationError({field: message}) from error
