"""What a run says of a study, reckoned again: counted the long way, tested by other software."""

from importlib import import_module
from unittest import mock

import numpy as np
import pytest

from incidents import jobs
from incidents.choices import IncidentState, JobState, RoleName
from incidents.models import Moment
from reports.actions import running
from taxonomy.choices import Dimension
from taxonomy.tabulation.specification import Specification
from tests.factories import MemberFactory
from tests.taxonomy.brute_force import column_of, everything_written, line_of

NEAR = 5e-7  # six decimals


def check_run(scheme, *, position, by):
    """Compute a table as a run does, and assert that others find the same; returns the run.

    Its counts are those of the codings, one moment after another. Its tests are SciPy's, its
    intervals and, with organizations as clusters, its standard errors those of statsmodels.
    """
    run = _run(scheme, position, by)
    statistics, told = run.answer["statistics"], _told(scheme, position, by)
    counts = _counts(run.answer, told)
    shown = [cells[1:] for cells in run.answer["counts"]]
    assert np.array(shown).reshape(counts.shape).tolist() == counts.tolist()
    tested = [place for place, why in enumerate(statistics["reasons"]) if why != "not_tested"]
    assert statistics["n"] == counts[:, tested].sum()
    _check_tests(statistics, counts, [at for at in tested if counts[:, at].sum()])
    _check_intervals(statistics, counts)
    _check_errors(statistics, run.answer, told)
    return run


def _run(scheme, position, by):
    member = MemberFactory(study=scheme.study, roles=[RoleName.ADMIN])
    asked = {"query": f"round={position}&by={by}", "words": [("", "")] * 3, "names": True}
    specification = Specification(position, by=Dimension(by))
    run = running.ask_run(scheme=scheme, specification=specification, by=member, **asked)
    with mock.patch.object(running, "pictures_of", return_value=[]):
        assert jobs.run_now(run.job).state == JobState.DONE
    run.refresh_from_db()
    return run


def _told(scheme, position, by):
    """The category, column and organization of each moment that is placed in the round."""
    written = everything_written(scheme)
    moments = Moment.objects.filter(
        incident__study=scheme.study, incident__state=IncidentState.ACCEPTED
    ).select_related(
        "incident__site__region",
        "incident__site__organization__sector",
        "incident__interview__respondent__site__region",
        "incident__interview__respondent__site__organization__sector",
    )
    placed = ((moment, line_of(written[moment.pk], position)) for moment in moments)
    return [
        (str(line.uid), column_of(moment, by), moment.incident.site.organization_id)
        for moment, line in placed
        if not isinstance(line, str)
    ]


def _places(answer):
    rows = {row["uid"]: at for at, row in enumerate(answer["rows"])}
    return rows, {column["name"]: at for at, column in enumerate(answer["columns"][1:])}


def _counts(answer, told):
    rows, columns = _places(answer)
    counts = np.zeros((len(rows), len(columns)), dtype=int)
    for row, column, _organization in told:
        counts[rows[row], columns[column]] += 1
    return counts


def _check_tests(found, counts, tested):
    stats = import_module("scipy.stats")
    tables = import_module("statsmodels.stats.contingency_tables")
    kept = np.flatnonzero(counts[:, tested].sum(axis=1))
    whole = counts[np.ix_(kept, tested)]
    if min(whole.shape) < 2:
        assert "undefined" in found["chi_square"]
        return
    for name, power in (("chi_square", 1), ("likelihood_ratio", 0)):
        theirs = stats.chi2_contingency(whole, correction=False, lambda_=power)
        ours = (found[name]["statistic"], found[name]["p"], found[name]["df"])
        assert ours == pytest.approx(theirs[:3], abs=NEAR)
    cramer = stats.contingency.association(whole, method="cramer")
    assert found["cramers_v"] == pytest.approx(cramer, abs=NEAR)
    residuals = tables.Table(whole, shift_zeros=False).standardized_resids
    ours = np.array(found["adjusted_residuals"], dtype=float)[np.ix_(kept, tested)]
    assert ours == pytest.approx(residuals, abs=NEAR)


def _check_intervals(found, counts):
    proportion = import_module("statsmodels.stats.proportion")
    for column in np.flatnonzero(counts.sum(axis=0)):
        told = counts[:, column]
        ours = np.array([row[column] for row in found["intervals"]["wilson"]])
        theirs = proportion.proportion_confint(told, told.sum(), method="wilson")
        assert ours == pytest.approx(np.array(theirs).T, abs=NEAR)
        ours = np.array([row[column] for row in found["intervals"]["goodman"]])
        theirs = proportion.multinomial_proportions_confint(told, method="goodman")
        assert ours == pytest.approx(theirs, abs=NEAR)


def _check_errors(found, answer, told):
    """Regress the two commonest rows on a column each, with errors by organization."""
    if found["standard_errors"] is None:
        return
    regression = import_module("statsmodels.regression.linear_model")
    rows, columns = _places(answer)
    row, column, cluster = (
        np.array(one) for one in zip(*((rows[r], columns[c], o) for r, c, o in told), strict=True)
    )
    present = np.unique(column)
    several = np.array([len(set(cluster[column == one])) for one in present])
    design = (column[:, None] == present).astype(float)
    for one in np.bincount(row).argsort()[-2:]:
        fit = regression.OLS((row == one).astype(float), design).fit()
        theirs = fit.get_robustcov_results("cluster", groups=cluster, use_correction=False)
        variances = theirs.cov_params().diagonal() * several / np.maximum(several - 1, 1)
        for at, clusters, variance in zip(present, several, variances, strict=True):
            ours = found["standard_errors"][one][at]
            assert (ours is None) == (clusters < found["method"]["fewest_clusters"])
            assert ours is None or ours == pytest.approx(np.sqrt(variance), abs=NEAR)
