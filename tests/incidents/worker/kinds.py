"""Kinds of work that only the tests' worker knows; it imports this module with `-I`."""

import os
import time
from pathlib import Path

from django.db import transaction

from incidents import jobs
from incidents.models import Change
from taxonomy.actions.importing import sizes

EFFECT = "tests.effect"

if os.environ.get("SMALL_PORTIONS"):  # so that a test finds the time between two of them
    sizes.ROWS.update(dict.fromkeys(sizes.ROWS, 900))
    sizes.GAP.update(dict.fromkeys(sizes.GAP, 0.2))


def take_effect(claim):
    """Leave one row behind and finish, both or neither."""
    with transaction.atomic():
        Change.objects.create(verb=EFFECT, object_type="job", object_uid=claim.job.uid)
        claim.finish()


def wait_at_the_gate(claim):
    """Say that the work began, and take effect only once the gate is open."""
    folder = Path(claim.job.args["folder"])
    with (folder / "begun").open("a") as begun:
        begun.write(f"{claim.job.pk}\n")
    while not (folder / "gate").exists():
        time.sleep(0.05)
    take_effect(claim)


def fail_until_mended(claim):
    """Fail as long as nobody has mended what is broken."""
    if not (Path(claim.job.args["folder"]) / "mended").exists():
        raise ValueError("what somebody told in confidence")
    take_effect(claim)


KINDS = {
    "tests.take_effect": take_effect,
    "tests.wait_at_the_gate": wait_at_the_gate,
    "tests.fail_until_mended": fail_until_mended,
}

for kind, run in KINDS.items():
    jobs.register(kind, run, label=kind)
