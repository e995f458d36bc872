"""What the method section says that no figure of the study does."""

from django.db import models


class MethodWords(models.Model):
    """How a study was done, in its people's words: by part, those that are filled in."""

    study = models.OneToOneField(
        "incidents.Study", models.CASCADE, primary_key=True, related_name="method_words"
    )
    words = models.JSONField(default=dict)
    row_version = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    def __str__(self) -> str:
        return str(self.study_id)
