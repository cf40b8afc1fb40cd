"""Values of a cohort as another study writes them."""

import numpy as np

from responder.cohort import carried_values, load_cohort
from responder.study import load_study


def test_columns_follow_their_traits_and_gaps_stay(root):
    study = load_study("rp-ld-il2")
    cohort = load_cohort(root / "data/rp_ld_il2/cohort.csv", study, traits=["organs", "treg_per_ul"])
    codes = [study.trait(name).code for name in ("tcon_per_ul", "organs", "cd4_per_ul", "age_years")]
    pairs = {"organs": "organs", "cd4_per_ul": "treg_per_ul", "age_years": "age_years"}
    values, absent = carried_values(cohort, codes, pairs)
    assert absent == ("age_years",)
    assert values.shape == (9, 1 + 5 + 1 + 1)
    assert np.isnan(values[:, [0, 7]]).all()
    np.testing.assert_array_equal(values[:, 1:6], cohort.values[:, :5])
    np.testing.assert_array_equal(values[:, 6], cohort.values[:, 5])
