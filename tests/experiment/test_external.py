"""A locked model in patients whom it never saw: against scikit-learn, and what is refused."""

import dataclasses
import json

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, roc_auc_score

from responder.cohort import load_cohort
from responder.errors import DataRefusedError
from responder.experiment.external import most_moved, require_same_measures, validate_externally
from responder.experiment.transfer import transfer_counterparts
from responder.score import score_table
from responder.score.shareable import shareable
from responder.study import load_study
from responder.words import Phrase

HEADER = "patient_id,organs,disease_duration_years,prednisone_mg_per_day,rpdai,treg_per_ul,tcon_per_ul,rpdai_week12\n"


@pytest.fixture(scope="module")
def study():
    return load_study("rp-ld-il2")


@pytest.fixture(scope="module")
def bundle(make_bundle):
    return make_bundle("ridge:1")


def new_patients(n, seed, *, shift=1.0):
    rng = np.random.default_rng(seed)
    lines = []
    for i in range(n):
        airway = rng.random() < 0.4
        organs = "airway" if airway else "ear"
        responds = rng.random() < (0.25 if airway else 0.8)
        numbers = (
            [f"{x:.3f}" for x in (np.exp(rng.normal(0.7, 0.6)) + 0.1, rng.uniform(5, 25))]
            + [str(int(9 + 14 * airway + rng.integers(0, 5)))]
            + [f"{x:.3f}" for x in (shift * np.exp(rng.normal(3.1, 0.4)), np.exp(rng.normal(6.3, 0.3)))]
        )
        lines.append(",".join([f"N{i:02}", organs, *numbers, "0" if responds else "9"]))
    return HEADER + "\n".join(lines) + "\n"


@pytest.fixture
def read(tmp_path, study):
    def load(text, **settings):
        (tmp_path / "new.csv").write_text(text)
        return load_cohort(tmp_path / "new.csv", study, **settings)

    return load


def validated(bundle, cohort):
    return validate_externally(bundle, cohort, draws=500, rng=np.random.default_rng(0))


def test_measures_are_those_of_scikit_learn(bundle, read, tmp_path):
    cohort = read(new_patients(50, 1))
    found = validated(bundle, cohort)
    assert found.auc.estimate == pytest.approx(roc_auc_score(cohort.outcome, found.probability), abs=1e-12)
    assert found.brier.estimate == pytest.approx(brier_score_loss(cohort.outcome, found.probability), abs=1e-12)
    assert found.brier.lower < found.brier.estimate < found.brier.upper
    reference = np.mean((bundle.standing.prevalence - cohort.outcome) ** 2)
    assert found.brier_skill.estimate == pytest.approx(1 - found.brier.estimate / reference, abs=1e-12)
    assert found.auc.lower < found.auc.estimate < found.auc.upper
    assert found.calibration.mean_predicted == pytest.approx(found.probability.mean())
    assert len(found.decision.thresholds) == 9


def test_probabilities_are_those_of_scoring(bundle, read):
    import csv
    import io

    text = new_patients(12, 2)
    found = validated(bundle, read(text))
    rows = list(csv.DictReader(io.StringIO(text)))
    scored = score_table(bundle, {key: [row[key] for row in rows] for key in rows[0]}, show_anyway=True)
    np.testing.assert_allclose(found.probability, scored.columns["probability"], atol=1e-12)
    assert list(found.decision_of) == list(scored.columns["decision"])
    assert sum(found.decisions.values()) == 12
    assert found.frame()["probability"].tolist() == found.probability.tolist()


def test_the_models_own_standing_says_nothing_of_the_new_patients(make_bundle, bundle, read):
    cohort = read(new_patients(12, 2))
    silent = make_bundle("ridge:1", kind="not_shown_to_beat_chance")
    assert validated(silent, cohort).decisions == validated(bundle, cohort).decisions


def test_drift_is_seen_where_it_was_put(bundle, read):
    same = validated(bundle, read(new_patients(60, 3)))
    moved = validated(bundle, read(new_patients(60, 3, shift=4.0)))
    by_name = {feature.name: feature for feature in moved.features}
    still = {feature.name: feature for feature in same.features}
    sd = float(
        bundle.pipeline.features.scaling.sd[0, [s.name for s in bundle.pipeline.features.spec.steps].index("log_treg")]
    )
    assert by_name["log_treg"].shift - still["log_treg"].shift == pytest.approx(np.log(4) / sd, rel=1e-3)
    assert most_moved(moved.features, 2)[0].name in {"log_treg", "log_treg_tcon_ratio"}
    treg = next(trait for trait in moved.traits if trait.name == "treg_per_ul")
    assert treg.outside > 0.5
    assert moved.decisions["abstained"] > same.decisions["abstained"]


def test_training_patients_are_refused(make_bundle, root, study):
    bundle = make_bundle("ridge:1", small=True)
    cohort = load_cohort(root / "data/rp_ld_il2/cohort.csv", study)
    with pytest.raises(DataRefusedError, match="9 of 9 patients have exactly the values") as refused:
        validated(bundle, cohort)
    assert "P01" in str(refused.value.where)


def test_a_shareable_bundle_refuses_its_own_cohort_and_says_that_it_cannot_tell_single_patients(
    make_bundle, read, root, study
):
    """It holds no digests of rows; the same means in as many patients are no chance."""
    cohort = load_cohort(root / "data" / "rp_ld_il2" / "cohort.csv", study)
    with pytest.raises(DataRefusedError, match="9 of 9"):
        validated(shareable(make_bundle("ridge:1", small=True)), cohort)
    shared = shareable(make_bundle("ridge:1"))
    new = read(new_patients(40, 3))
    found = validated(shared, new)
    assert "none of these" in str(found.apart)
    whole = validated(make_bundle("ridge:1"), new)
    assert whole.apart is None
    assert found.probability == pytest.approx(whole.probability, abs=1e-12)


def test_a_trait_that_the_cohort_lacks_counts_as_missing(bundle, read):
    lines = [line.split(",") for line in new_patients(20, 4).splitlines()]
    without = "\n".join(",".join(cells[:5] + cells[6:]) for cells in lines)
    found = validated(bundle, read(without))
    assert found.absent == ("treg_per_ul",)
    assert next(t for t in found.traits if t.name == "treg_per_ul").missing == 1.0
    assert np.isnan(next(f for f in found.features if f.name == "log_treg").shift)
    assert json.loads(json.dumps(found.to_json(), allow_nan=False))["absent"] == ["treg_per_ul"]


def test_too_few_of_a_class_is_said(bundle, read):
    lines = new_patients(8, 5).splitlines()
    body = [line.rsplit(",", 1)[0] + (",9" if i == 0 else ",0") for i, line in enumerate(lines[1:])]
    found = validated(bundle, read("\n".join([lines[0], *body])))
    assert found.auc is None
    assert found.statement == Phrase("external.cannot_be_estimated", {"smaller": 1, "n": 8})


def test_another_endpoint_and_other_measures_are_refused(bundle, read, study, root):
    other = load_cohort(root / "data/rp_ld_il2/cohort.csv", study, endpoint="steroid_reduction_25_percent")
    with pytest.raises(DataRefusedError, match="complete_rpdai_response"):
        validated(bundle, other)
    sheet = bundle.traits[4]
    code = dataclasses.replace(sheet.code, unit="10^9/L")
    changed = dataclasses.replace(
        bundle, traits=(*bundle.traits[:4], dataclasses.replace(sheet, code=code), bundle.traits[5])
    )
    with pytest.raises(DataRefusedError, match="treg_per_ul"):
        require_same_measures(changed, study)
    require_same_measures(bundle, study)


def test_the_same_seed_gives_the_same_result(bundle, read):
    cohort = read(new_patients(30, 6))
    assert validated(bundle, cohort).to_json() == validated(bundle, cohort).to_json()


def lupus(n, seed):
    from responder.evidence import simulate_cohort

    study = load_study("sle-ld-il2")
    return study, simulate_cohort(study, n, np.random.default_rng(seed))[0]


@pytest.fixture
def other_disease(tmp_path):
    study, table = lupus(40, 1)
    table.to_csv(tmp_path / "lupus.csv", index=False)
    return load_cohort(tmp_path / "lupus.csv", study), table


def test_a_locked_model_in_another_disease(bundle, other_disease):
    """Traits that both measure enter as they are, the others are missing; it is called a transfer."""
    cohort, table = other_disease
    shared = transfer_counterparts(bundle, cohort.study)
    found = validate_externally(bundle, cohort, counterparts=shared, draws=200, rng=np.random.default_rng(0))
    assert found.transfer.no_counterpart == ("organs", "rpdai")
    assert found.absent == ()
    assert found.endpoint == "sri4"
    assert "no external validation" in str(found.transfer.label)
    names = ("disease_duration_years", "prednisone_mg_per_day", "treg_per_ul", "tcon_per_ul")
    scored = score_table(bundle, {name: table[name].astype(str).tolist() for name in names}, show_anyway=True)
    np.testing.assert_allclose(found.probability, scored.columns["probability"], atol=1e-12)
    assert json.loads(json.dumps(found.to_json(), allow_nan=False))["transfer"]["study"] == "sle-ld-il2"


def test_a_mapped_trait_reaches_the_model(bundle, other_disease):
    cohort, table = other_disease
    shared = transfer_counterparts(bundle, cohort.study, {"rpdai": "sledai", "tcon_per_ul": ""})
    found = validate_externally(bundle, cohort, counterparts=shared, draws=200, rng=np.random.default_rng(0))
    assert found.transfer.renamed == {"rpdai": "sledai"}
    assert found.transfer.no_counterpart == ("organs", "tcon_per_ul")
    names = {"rpdai": "sledai", **{n: n for n in ("disease_duration_years", "prednisone_mg_per_day", "treg_per_ul")}}
    given = {name: table[own].astype(str).tolist() for name, own in names.items()}
    scored = score_table(bundle, given, show_anyway=True)
    np.testing.assert_allclose(found.probability, scored.columns["probability"], atol=1e-12)


def test_a_study_that_shares_nothing_is_refused(bundle, other_disease):
    cohort, _ = other_disease
    nothing = dict.fromkeys(("disease_duration_years", "prednisone_mg_per_day", "treg_per_ul", "tcon_per_ul"), "")
    with pytest.raises(DataRefusedError, match="no trait of the model has a counterpart"):
        transfer_counterparts(bundle, cohort.study, nothing)
    with pytest.raises(DataRefusedError, match="complete_rpdai_response"):
        validated(bundle, cohort)
