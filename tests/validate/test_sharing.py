"""Whatever is asked of the engine is shared out in pieces, and the same bytes come back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from responder.explain.out_of_fold import explain_out_of_fold
from responder.models import build_model
from responder.plan import plain_features
from responder.validate import sharing
from responder.validate.bootstrap import bootstrap_refits
from responder.validate.kfold import repeated_k_fold
from responder.validate.loo import leave_one_out_predictions, rebalanced_leave_one_out
from responder.validate.pairs import leave_pair_out, tournament
from responder.validate.patient_interval import out_of_fold_limits
from responder.validate.refit import ModelPipeline, Table
from responder.validate.splits import stratified_bootstrap
from responder.validate.tune import TunedPipeline
from responder.validate.tuning_report import tuning_report
from responder.validate.tuning_space import SPACES
from responder.workers import open_workers
from responder.workers.seam import InProcess


class _Counting(InProcess):
    """This process, which counts the pieces that it is given, and takes the last one first."""

    def __init__(self) -> None:
        self.pieces = 0

    def _finish(self, function: Any, shared: Any, chunks: Sequence[Any], todo: Sequence[int]) -> Iterator[Any]:
        self.pieces += len(todo)
        for number in reversed(todo):
            yield number, function(shared, chunks[number])


def _pipeline(model: str, n: int, features: int = 2) -> tuple[ModelPipeline, np.ndarray]:
    rng = np.random.default_rng(n)
    values = rng.standard_normal((n, features))
    table = Table(plain_features(features), values, {})
    outcome = (values[:, 0] + rng.standard_normal(n) > 0).astype(int)
    return ModelPipeline(table, build_model(model, table.feature_table)), outcome


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("responder.workers.chunks.CHUNK_SECONDS", 5e-6)


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("model", ["ridge:1", "gp"])
def test_every_list_of_refits_is_shared_out_and_the_same_for_any_workers(model: str) -> None:
    pipeline, outcome = _pipeline(model, 14)
    counts = stratified_bootstrap(outcome, 30, np.random.default_rng(0))

    def everything(workers: Any) -> dict[str, bytes]:
        rng = np.random.default_rng(1)
        lpo = leave_pair_out(pipeline, outcome, workers=workers)
        return {
            "loo": leave_one_out_predictions(pipeline, outcome, workers=workers).logit.tobytes(),
            "lpo": lpo.difference.values.tobytes(),
            "tournament": tournament(pipeline, outcome, lpo, workers=workers).score.tobytes(),
            "rebalanced": rebalanced_leave_one_out(pipeline, outcome, 2, rng, workers=workers).tobytes(),
            "bootstrap": bootstrap_refits(pipeline, outcome, counts, workers=workers).logit.tobytes(),
            "k_fold": repeated_k_fold(
                pipeline, outcome, repeats=2, rng=np.random.default_rng(2), workers=workers
            ).brier_by_repeat.tobytes(),
            "limits": out_of_fold_limits(pipeline.table, (0, 1), outcome, 2.0, workers=workers).tobytes(),
            "explanation": explain_out_of_fold(pipeline, outcome, workers=workers).values.tobytes(),
        }

    counting = _Counting()
    with open_workers(0) as alone:
        expected = everything(alone)
    assert everything(counting) == expected
    assert counting.pieces > 20


@pytest.mark.usefixtures("small_pieces")
def test_processes_give_the_same_bytes_as_this_one() -> None:
    pipeline, outcome = _pipeline("gp", 12)
    counts = stratified_bootstrap(outcome, 6, np.random.default_rng(0))

    def tuned(workers: Any) -> list[bytes]:
        # a pipeline of its own: one remembers what it has chosen
        found = tuning_report(TunedPipeline(pipeline.table, SPACES["ridge"]), outcome, counts, workers=workers)
        return [found.leave_one_out.tobytes(), found.bootstrap.tobytes()]

    counting = _Counting()
    with open_workers(0) as alone, open_workers(2) as two:
        shared = leave_pair_out(pipeline, outcome, workers=two).difference.values
        assert tuned(two) == tuned(alone) == tuned(counting)
    assert shared.tobytes() == leave_pair_out(pipeline, outcome).difference.values.tobytes()
    assert counting.pieces > 10


def test_what_takes_less_than_a_piece_stays_here() -> None:
    pipeline, outcome = _pipeline("ridge:1", 14)
    counting = _Counting()
    leave_pair_out(pipeline, outcome, workers=counting)
    assert counting.pieces == 0


def test_weights_of_many_patients_are_never_written_out_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "MOST_WEIGHTS", 100)
    pipeline, outcome = _pipeline("prevalence", 30)
    largest = []
    predict = ModelPipeline.predict

    def watched(self: ModelPipeline, refits: Any) -> Any:
        largest.append(refits.train.size)
        return predict(self, refits)

    monkeypatch.setattr(ModelPipeline, "predict", watched)
    found = leave_one_out_predictions(pipeline, outcome)
    assert max(largest) <= 100
    assert len(found.logit) == 30


def test_of_many_patients_a_constant_model_is_told_by_some_of_them() -> None:
    pipeline, outcome = _pipeline("prevalence", 230)
    assert leave_one_out_predictions(pipeline, outcome).is_constant
    pipeline, outcome = _pipeline("ridge:1", 230)
    found = leave_one_out_predictions(pipeline, outcome)
    left_out = np.ones(230)
    left_out[7] = 0.0
    assert found.logit[7] == pytest.approx(
        pipeline.fit(outcome, left_out).logit(pipeline.table.values[[7]])[0], abs=1e-9
    )
    assert not found.is_constant


def test_linear_models_of_many_patients_are_explained_by_their_coefficients() -> None:
    pipeline, outcome = _pipeline("ridge:1", 45, features=3)
    found = explain_out_of_fold(pipeline, outcome)
    for patient in (0, 20, 44):
        weight = np.ones(45)
        weight[patient] = 0.0
        fitted = pipeline.fit(outcome, weight)
        own = fitted.features.transform(pipeline.table.values)
        np.testing.assert_allclose(found.values[patient], fitted.decision.coefficients * own[patient], atol=1e-9)
        assert found.base[patient] == pytest.approx(fitted.decision.intercept, abs=1e-9)
