"""LightGBM with settings that can learn from a handful of patients.

LightGBM's defaults ask for 20 patients a leaf and 3 a histogram bin, so below 40 training rows they silently return a
constant. The preset here grows a few tiny trees instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from responder.arrays import FloatArray, IntArray
from responder.errors import ResponderError
from responder.models.base import Predictions, TrainingSets
from responder.models.decision import TreeDecision
from responder.models.solver import Status
from responder.models.title import TitledById
from responder.words import Phrase

if TYPE_CHECKING:
    import lightgbm

__all__ = ["LightGbm"]

SMALL_SAMPLE_PRESET: Mapping[str, Any] = {
    "objective": "binary",
    "num_leaves": 3,
    "max_depth": 2,
    "learning_rate": 0.1,
    "min_data_in_leaf": 2,
    "min_data_in_bin": 1,
    "lambda_l2": 1.0,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "feature_pre_filter": False,
    "seed": 0,
    "verbosity": -1,
}


@dataclass(frozen=True)
class LightGbm(TitledById):
    """Boosted shallow trees.

    Attributes
    ----------
    rounds : int
        Number of trees.
    settings : Mapping
        Overrides of the small-sample preset.
    monotone : tuple of int
        +1 / -1 for features whose direction the study declares with a strength, 0 else.
    """

    id: str = "lightgbm"
    rounds: int = 30
    settings: Mapping[str, Any] = field(default_factory=dict)
    monotone: tuple[int, ...] = ()
    batched: ClassVar[bool] = False
    is_baseline: ClassVar[bool] = False

    def _parameters(self, features: int) -> dict[str, Any]:
        parameters = {**SMALL_SAMPLE_PRESET, **self.settings}
        if any(self.monotone):
            # indicators of missing traits, behind the declared features, have no direction
            parameters["monotone_constraints"] = [*self.monotone, *[0] * (features - len(self.monotone))]
        return parameters

    def _boosters(
        self, features: FloatArray, weight: FloatArray, labelings: Iterable[FloatArray]
    ) -> Iterator[lightgbm.Booster]:
        """Yield a booster for each labeling of one training set; they share its binned data."""
        lgb = _lightgbm()
        kept = weight > 0
        parameters = self._parameters(features.shape[1])
        counts = None if np.all(weight[kept] == 1.0) else weight[kept]
        data = None
        for labels in labelings:
            if data is None:
                data = lgb.Dataset(
                    features[kept], label=labels[kept], weight=counts, params=parameters, free_raw_data=False
                ).construct()
            else:
                # set_label does the same by way of looking for every kind of data frame: a fifth of the time of a fit
                data.set_field("label", labels[kept].astype(np.float32))
            booster = lgb.Booster(parameters, data)
            for _ in range(self.rounds):
                if booster.update():
                    break
            yield booster

    def predict(self, sets: TrainingSets, ask: IntArray) -> Predictions:
        """See `Model.predict`; one fit after another."""
        designs, fits = sets.shape
        logit = np.full((designs, ask.shape[1], fits), np.nan)
        one_class = sets.one_class
        for m in range(designs):
            rows = sets.features[m, ask[m]]
            fitting = np.flatnonzero(~one_class[m])
            labelings = (sets.labels[m, :, f] for f in fitting)
            for f, booster in zip(fitting, self._boosters(sets.features[m], sets.weight[m], labelings), strict=True):
                # the default of as many threads as cores costs a hundred times the prediction itself
                logit[m, :, f] = booster.predict(rows, raw_score=True, num_threads=1)
        status = np.where(one_class, Status.ONE_CLASS, Status.OK).astype(np.uint8)
        return Predictions(logit, status)

    def decide(self, features: FloatArray, labels: FloatArray, weight: FloatArray | None = None) -> TreeDecision:
        """See `Model.decide`."""
        given = np.ones(len(labels)) if weight is None else weight
        booster = next(self._boosters(features, given, [np.asarray(labels, dtype=float)]))
        trees = tuple(_flatten(tree["tree_structure"]) for tree in booster.dump_model()["tree_info"])
        return TreeDecision(trees, 0.0, booster.model_to_string())


def _flatten(root: Mapping[str, Any]) -> dict[str, Any]:
    """Return a dumped tree as flat arrays; a child below 0 is the leaf -1 - child."""
    flat: dict[str, list[Any]] = {"feature": [], "threshold": [], "left": [], "right": [], "value": []}

    def visit(node: Mapping[str, Any]) -> int:
        if "split_feature" not in node:
            flat["value"].append(float(node["leaf_value"]))
            return -len(flat["value"])
        at = len(flat["feature"])
        flat["feature"].append(int(node["split_feature"]))
        flat["threshold"].append(float(node["threshold"]))
        flat["left"].append(0)
        flat["right"].append(0)
        flat["left"][at] = visit(node["left_child"])
        flat["right"][at] = visit(node["right_child"])
        return at

    visit(root)
    return flat


def _lightgbm() -> Any:
    """Import LightGBM, naming the system package that it needs where that is missing."""
    try:
        import lightgbm
    except OSError as error:
        where = Phrase("place.model", {"model": "lightgbm"})
        raise ResponderError("model_library_missing", where=where, library="libgomp.so.1") from error
    return lightgbm
