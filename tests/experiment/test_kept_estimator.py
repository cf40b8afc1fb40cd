"""A fitted estimator that no bundle can hold: kept on request, read back to the same numbers, by trusted types."""

import dataclasses
import json
import zipfile

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

import responder as rp
from responder.errors import DataRefusedError, UsageError
from responder.experiment.export import bundle_place_files
from responder.experiment.kept_estimator import ESTIMATOR_FILE, read_estimator
from responder.models.fitted import FittedPipeline
from responder.models.foreign import ForeignDecision, foreign_model


class Closed(SVC):
    """It cannot be stored."""

    def __getstate__(self):
        raise TypeError("holds a connection\nof its own")


@pytest.fixture(scope="module")
def base(root, tmp_path_factory):
    """A trained result of our own model, in whose place estimators are put: nothing has to be validated again."""
    folder = tmp_path_factory.mktemp("kept")
    text = 'schema = "responder/experiment/1"\nname = "kept"\nstudy = "rp-ld-il2"\n'
    text += 'models = ["prevalence", "ridge:0.1"]\n'
    text += f'primary = "ridge:0.1"\ncohort.path = "{root / "data/rp_ld_il2/cohort.csv"}"\nbootstrap.draws = 10\n'
    (folder / "kept.toml").write_text(text, encoding="utf-8")
    return rp.run_experiment(rp.resolve_experiment(folder / "kept.toml"))


def with_estimator(base, estimator, *, keep=True):
    """Return the result as if its primary model had been this estimator."""
    features = base.primary_model.fitted.features
    values = features.transform(base.cohort.values)
    decision, _ = foreign_model(estimator, "it", seed=3).fit(values, base.cohort.outcome, np.ones(base.cohort.n))
    assert isinstance(decision, ForeignDecision)
    fitted = FittedPipeline(features, decision)
    models = tuple(
        dataclasses.replace(m, fitted=fitted) if m.id == base.primary else m for m in base.models
    )  # fmt: skip
    wanted = base.experiment.experiment.model_copy(update={"estimators": {"keep": keep}})
    return dataclasses.replace(base, models=models, experiment=dataclasses.replace(base.experiment, experiment=wanted))


@pytest.mark.parametrize("estimator", [SVC(), KNeighborsClassifier(2)])
def test_it_is_read_back_to_the_same_numbers_by_trusted_types_alone(base, estimator, tmp_path):
    result = with_estimator(base, estimator)
    kept = result.kept_estimator
    path = tmp_path / ESTIMATOR_FILE
    path.write_bytes(kept.content)
    if kept.trusted:
        with pytest.raises(UsageError) as refused:
            read_estimator(path)
        assert all(name in str(refused.value) for name in kept.trusted)
    again = rp.read_estimator(path, kept.trusted)
    np.testing.assert_array_equal(
        again.logit(base.cohort.values), result.primary_model.fitted.logit(base.cohort.values)
    )


def test_the_same_fit_is_the_same_file_and_names_no_address(base):
    one, other = (with_estimator(base, KNeighborsClassifier(2)).kept_estimator for _ in range(2))
    assert one.content == other.content
    assert one.trusted == ("sklearn.metrics._dist_metrics.EuclideanDistance64", "sklearn.neighbors._kd_tree.KDTree")
    assert all(name in one.statement.in_language("en") for name in one.trusted)


def test_it_stands_beside_the_reason_only_where_asked_for(base, tmp_path):
    files = bundle_place_files(with_estimator(base, KNeighborsClassifier(2)), tmp_path)
    assert set(files) == {"no_bundle.json", ESTIMATOR_FILE}
    assert len(json.loads(files["no_bundle.json"])["trusted"]) == 2
    assert set(bundle_place_files(with_estimator(base, SVC(), keep=False), tmp_path)) == {"no_bundle.json"}
    assert base.kept_estimator is None


def test_what_cannot_be_stored_is_said(base, tmp_path):
    result = with_estimator(base, Closed())
    assert "holds a connection" in result.kept_estimator.statement.in_language("en")
    assert set(bundle_place_files(result, tmp_path)) == {"no_bundle.json"}


def test_any_other_file_is_refused(tmp_path):
    other = tmp_path / "other.skops"
    with pytest.raises(DataRefusedError):
        read_estimator(other)
    other.write_bytes(b"no archive")
    with pytest.raises(DataRefusedError):
        read_estimator(other)
    with zipfile.ZipFile(other, "w") as file:
        file.writestr("schema.json", "{}")
    with pytest.raises(DataRefusedError):
        read_estimator(other)
