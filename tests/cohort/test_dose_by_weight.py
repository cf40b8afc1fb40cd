"""Glucocorticoid in mg/kg, computed from all doses in prednisone equivalents and the weight."""

import numpy as np
import pytest

from responder.cohort import load_cohort
from responder.errors import ConfigError
from responder.study import load_study

TABLE = """patient_id,organs,prednisone_mg_per_day,methylprednisolone,weight_kg,rpdai,rpdai_week12
a,ear,10,,50,9,0
b,ear,4,8,50,9,0
c,airway,0.5 mg/kg,,60,14,14
d,airway,30,,,14,0
"""
BY_WEIGHT = "glucocorticoid_mg_per_kg_per_day"


@pytest.fixture
def path(tmp_path):
    (tmp_path / "cohort.csv").write_text(TABLE, encoding="utf-8")
    return tmp_path / "cohort.csv"


def test_all_doses_over_the_weight(path):
    """By hand: 10 / 50; (4 + 8 x 1.25) / 50; given as 0.5 mg/kg; no weight."""
    cohort = load_cohort(path, load_study("rp-ld-il2"), traits=["prednisone_mg_per_day", BY_WEIGHT])
    found = cohort.values[:, cohort.columns.index(BY_WEIGHT)]
    np.testing.assert_allclose(found, [0.2, 0.28, 0.5, np.nan], rtol=1e-12)
    np.testing.assert_allclose(cohort.values[:, 0], [10, 14, 30, 30], rtol=1e-12)


def test_it_is_in_use_only_where_it_is_asked_for(path):
    assert BY_WEIGHT not in load_cohort(path, load_study("rp-ld-il2")).traits


def test_it_is_refused_without_the_dose(path):
    with pytest.raises(ConfigError, match="computed from 'prednisone_mg_per_day'"):
        load_cohort(path, load_study("rp-ld-il2"), traits=["organs", BY_WEIGHT])
