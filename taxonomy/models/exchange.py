"""A file with a scheme in it, kept while somebody looks at what it would do."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from incidents.models import StoredFile
from taxonomy.models.schemes import Scheme


class SchemeFile(models.Model):
    """An uploaded scheme between its preview and its import; without `scheme` it makes a new one.

    It goes when it has been brought in or put away.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    file = models.OneToOneField(StoredFile, models.PROTECT, related_name="scheme_file")
    scheme = models.ForeignKey(Scheme, models.PROTECT, null=True, related_name="files")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return self.file.name
