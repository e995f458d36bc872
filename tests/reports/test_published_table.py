"""The reconstruction of the study of 1998-99, as it is seeded."""

import pytest

from incidents.choices import IncidentState
from incidents.models import Study
from reports.actions.demo.building import is_seeded
from reports.actions.demo.reconstruction import seed_reconstruction
from reports.demo.world import FOLDER, read_counts
from taxonomy.queries.checks import differences

pytestmark = pytest.mark.thorough


def test_a_seed_that_was_cut_off_is_taken_up(db):
    counts = read_counts(FOLDER / "reconstruction.csv")
    written = []

    def cut_off(done, total):
        written.append(done)
        if done == 300:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        seed_reconstruction(slug="rebuilt", name="Rebuilt", counts=counts, progress=cut_off)
    half = Study.objects.get(slug="rebuilt")
    assert half.incidents.filter(state=IncidentState.IMPORTING).count() == 300
    assert half.incidents.accepted().count() == 0

    study = seed_reconstruction(slug="rebuilt", name="Rebuilt", counts=counts)

    assert study == half
    assert study.incidents.accepted().count() == 2826
    assert is_seeded("rebuilt")
    assert not list(differences(study))
