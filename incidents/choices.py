"""The closed lists of the field: roles, states, viewpoints, valences. One word per idea."""

from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class RoleName(TextChoices):
    """What a member does in a study; one member may have several."""

    INTERVIEWER = "interviewer", _("Interviewer")
    CODER = "coder", _("Coder")
    ANALYST = "analyst", _("Analyst")
    ADMIN = "admin", _("Study admin")


class Elicitation(TextChoices):
    """How incidents are asked for in the interviews of a study."""

    FREE = "free", _("Free: whatever comes to mind")
    ALTERNATING = "alternating", _("Alternating good and poor")
    QUOTA = "quota", _("So many good and so many poor")


class Relation(TextChoices):
    """How a respondent stands to the organization."""

    EMPLOYEE = "employee", _("Employee")
    CUSTOMER = "customer", _("Customer")
    NOT_STATED = "not_stated", _("Not stated")


class Mode(TextChoices):
    """How an interview was held."""

    IN_PERSON = "in_person", _("In person")
    TELEPHONE = "telephone", _("Telephone")
    VIDEO = "video", _("Video call")
    WRITTEN = "written", _("In writing")
    NOT_STATED = "not_stated", _("Not stated")


class Consent(TextChoices):
    """What a respondent agreed that may be done with the words."""

    NOTES = "notes", _("Notes only")
    QUOTES = "quotes", _("Quotes without a name")
    ATTRIBUTED = "attributed", _("Quotes with attribution")
    BY_SOURCE = "by_source", _("As the source of the file allows")


class AskedFor(TextChoices):
    """Which kind of service the interviewer asked for."""

    GOOD = "good", _("Good service")
    POOR = "poor", _("Poor service")
    EITHER = "either", _("Either")
    NOT_STATED = "not_stated", _("Not stated")


class ToldAs(TextChoices):
    """Whose service the teller describes, and from which side."""

    OWN = "own", _("Own service")
    COLLEAGUE = "colleague", _("A colleague's service")
    PROVIDER = "provider", _("The provider's side, not said whose")
    CUSTOMER = "customer", _("Received as a customer")
    BYSTANDER = "bystander", _("Seen as a bystander")
    NOT_STATED = "not_stated", _("Not stated")


class Viewpoint(TextChoices):
    """The side from which an incident is told; derived from told as."""

    CUSTOMER = "customer", _("Customer")
    PROVIDER = "provider", _("Provider")
    NOT_STATED = "not_stated", _("Not stated")


class ServedBy(TextChoices):
    """Where the service took place."""

    OWN_SITE = "own_site", _("The respondent's site")
    ELSEWHERE = "elsewhere", _("Another site")
    NOT_STATED = "not_stated", _("Not stated")


class Valence(TextChoices):
    """How the behaviour in one moment was experienced."""

    POSITIVE = "positive", _("Positive")
    NEGATIVE = "negative", _("Negative")
    MIXED = "mixed", _("Mixed")
    NEUTRAL = "neutral", _("Neutral")
    NOT_STATED = "not_stated", _("Not stated")


class IncidentState(TextChoices):
    """Where an incident stands; only accepted ones are coded and counted."""

    IMPORTING = "importing", _("Being imported")
    SUBMITTED = "submitted", _("Submitted")
    RETURNED = "returned", _("Returned with a question")
    ACCEPTED = "accepted", _("Accepted")
    HELD_OUT = "held_out", _("Held out")
    EXCLUDED = "excluded", _("Excluded")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class VersionKind(TextChoices):
    """Why a version of the words exists."""

    ORIGINAL = "original", _("Original")
    CORRECTION = "correction", _("Correction")
    TRANSLATION = "translation", _("Translation")


class Verdict(TextChoices):
    """What a screener decides about an incident."""

    ACCEPT = "accept", _("Accept")
    RETURN = "return", _("Return with a question")
    EXCLUDE = "exclude", _("Exclude")
    WITHDRAW = "withdraw", _("Withdraw")


class Criterion(TextChoices):
    """Why an incident is excluded."""

    NO_CUSTOMER = "no_customer", _("No interaction with a customer")
    HABITUAL = "habitual", _("Habitual, not one occasion")
    TOO_LITTLE = "too_little", _("Too little detail")
    SECOND_HAND = "second_hand", _("Not first hand")
    TOO_OLD = "too_old", _("Outside the recall window")
    DUPLICATE = "duplicate", _("Told twice")
    OTHER = "other", _("Other (say why)")


class AnswerSource(TextChoices):
    """Where the answer to a question about an incident comes from."""

    NOTES = "notes", _("From notes and memory of the interview")
    RESPONDENT = "respondent", _("The respondent was asked again")


class GuidePart(TextChoices):
    """What an interviewer says, in the order of a conversation."""

    OPENING = "opening", _("Opening")
    CONFIDENTIALITY = "confidentiality", _("Confidentiality")
    ASK_GOOD = "ask_good", _("Asking for good service")
    ASK_POOR = "ask_poor", _("Asking for poor service")
    ASK_EITHER = "ask_either", _("Asking for either")
    SITUATION = "situation", _("When little comes: the situation")
    ACTION = "action", _("When little comes: what the provider did")
    RESULT = "result", _("When little comes: what resulted")
    PEOPLE = "people", _("When little comes: who was involved")
    REACTION = "reaction", _("When little comes: how the customer reacted")
    CLOSE = "close", _("Close")


class JobState(TextChoices):
    """Where a piece of background work stands."""

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


GOING_ON: Final = (JobState.WAITING, JobState.RUNNING)


class ImportState(TextChoices):
    """Where the import of one file stands."""

    UPLOADED = "uploaded", _("Uploaded")
    CHECKED = "checked", _("Checked")
    RUNNING = "running", _("Running")
    DONE = "done", _("Imported")
    UNDOING = "undoing", _("Being undone")
    UNDONE = "undone", _("Undone")


class RowOutcome(TextChoices):
    """What became of one row of an imported file."""

    INCIDENT = "incident", _("Became an incident")
    MERGED = "merged", _("A further moment of an incident")
    REFUSED = "refused", _("Refused")
