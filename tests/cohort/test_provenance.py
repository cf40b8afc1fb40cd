"""Where values come from: the file beside the table, and what is given outright."""

import pytest

from responder.cohort import Provenance, load_cohort
from responder.errors import ConfigError


def test_the_file_beside_the_table_speaks_for_it_alone(cohort_file, study, tmp_path):
    path = cohort_file()
    (tmp_path / "provenance.toml").write_text(
        '[cohort.age]\nprovenance = "reconstructed"\n[cohort.score_week12]\nprovenance = "simulated"\n'
        '[other.sex]\nprovenance = "simulated"\n'
    )
    cohort = load_cohort(path, study, traits=["age_years", "sex"])
    assert cohort.provenance == {
        "age_years": Provenance.RECONSTRUCTED,  # named by its header
        "sex": Provenance.OBSERVED,
        "score_week12": Provenance.SIMULATED,
    }
    assert cohort.rests_on == (Provenance.RECONSTRUCTED, Provenance.SIMULATED)
    given = load_cohort(path, study, traits=["sex"], provenance={"score_week12": "observed"})
    assert given.illustration is None


def test_an_unknown_word_is_refused(cohort_file, study, tmp_path):
    path = cohort_file()
    with pytest.raises(ConfigError, match="'simulatd'") as refused:
        load_cohort(path, study, provenance={"sex": "simulatd"})
    assert str(refused.value.hint) == "did you mean 'simulated'?"
    (tmp_path / "provenance.toml").write_text('[cohort.age]\nprovenance = "guessed"\n')
    with pytest.raises(ConfigError, match="'guessed'"):
        load_cohort(path, study)
    (tmp_path / "provenance.toml").write_text("cohort = 3\n")
    with pytest.raises(ConfigError, match="one section per column"):
        load_cohort(path, study)
