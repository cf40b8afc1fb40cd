"""Each patient explained by the model that did not see them: the fits behind out-of-fold attributions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from responder.arrays import BoolArray, FloatArray, IntArray
from responder.explain.foreign import attribute
from responder.models.foreign import ForeignModel
from responder.models.logistic import Logistic
from responder.models.posterior import columns_looked_at
from responder.models.shapley import MOST_MULTIPLICATIONS, all_multiplications
from responder.models.solver import Status
from responder.validate.left_out import FEWEST_PATIENTS, can_be_shared, fits_left_out
from responder.validate.refit import ModelPipeline, Pipeline
from responder.validate.sharing import answer
from responder.validate.splits import leave_out
from responder.validate.table import LeftOut

__all__ = ["Explained", "OwnModels", "explained_by_own"]

SECONDS_A_MULTIPLICATION = 2e-10
SETS_AT_ONCE = 1000
OneExplained = tuple[int, FloatArray, FloatArray, float, float, bool]


@dataclass
class Explained:
    """Shapley values of n patients for g parts, as far as they are there."""

    values: FloatArray
    standard_error: FloatArray
    base: FloatArray
    logit: FloatArray
    done: BoolArray
    exact: bool = True

    @classmethod
    def nobody(cls, n: int, parts: int) -> Explained:
        """Return where nobody is explained yet."""
        gap = np.full(n, np.nan)
        values = np.full((n, parts), np.nan)
        return cls(values, np.zeros((n, parts)), gap, gap.copy(), np.zeros(n, dtype=bool))

    def take(self, found: list[OneExplained]) -> None:
        """Enter what was found."""
        for i, values, error, base, logit, exact in found:
            self.values[i], self.standard_error[i], self.base[i], self.logit[i] = values, error, base, logit
            self.exact = self.exact and exact


@dataclass(frozen=True)
class OwnModels:
    """The refits of a pipeline without each patient, and the parts that the patient's logit is attributed to.

    Attributes
    ----------
    pipeline : Pipeline
        What is refitted.
    outcome : ndarray of 0/1, shape (n,)
    parts : sequence of sequences of int
        Columns of each part.
    seed : int
        Of sampled orders.
    """

    pipeline: Pipeline
    outcome: NDArray[Any]
    parts: Sequence[Sequence[int]]
    seed: int

    def by_coefficients(self) -> Explained:
        """Explain whom the coefficients of a linear model explain: all who have a fit from that of everybody.

        A baseline has none, and everybody's logit is its base. A standardised feature has mean 0 among the training
        patients, so that its value is coefficient times feature
        (Lundberg and Lee 2017, corollary 1) and the base is the intercept.
        """
        pipeline, n = self.pipeline, len(self.outcome)
        found = Explained.nobody(n, len(self.parts))
        own = np.arange(n)[:, None]
        question = LeftOut(self.outcome, own, own)
        if pipeline.model.is_baseline and n >= FEWEST_PATIENTS:
            # no part is worth anything to it
            found.base = found.logit = answer(pipeline, question).logit[:, 0, 0]
            found.done = ~np.isnan(found.logit)
            found.values[found.done] = 0.0
            return found
        if not isinstance(pipeline, ModelPipeline) or not isinstance(pipeline.model, Logistic):
            return found
        model = pipeline.model
        first = question.part(range(min(n, 2)))
        if model.family.with_information or not can_be_shared(pipeline.table, model, first):
            return found
        features = len(pipeline.table.feature_table.names)
        columns = columns_looked_at(model, features)
        for start in range(0, n, SETS_AT_ONCE):
            here = range(start, min(n, start + SETS_AT_ONCE))
            for fits in fits_left_out(pipeline.table, model, question.part(here), columns):
                at = start + fits.here
                worth = np.zeros((len(at), features))
                worth[:, list(columns)] = fits.coefficients[:, 1:, 0] * fits.rows[:, 0, 1:]
                found.values[at] = np.column_stack([worth[:, list(part)].sum(axis=1) for part in self.parts])
                found.base[at] = fits.coefficients[:, 0, 0]
                found.logit[at] = found.base[at] + found.values[at].sum(axis=1)
                found.done[at] = fits.answered[:, 0] & (fits.status[:, 0] != Status.ONE_CLASS)
        found.values[~found.done] = found.base[~found.done] = found.logit[~found.done] = np.nan
        return found

    def seconds(self, patients: int) -> float:
        """Return the nominal computing time of one patient, when so many are to be explained."""
        if not patients or len(np.unique(self.outcome)) < 2:
            return 0.0
        n, cost = len(self.outcome), self.pipeline.seconds_per_fit()
        if isinstance(self.pipeline.model, ForeignModel):
            return 2.0 * cost  # fitted once; what explaining costs is not known beforehand
        decision = self.pipeline.fit(self.outcome).decision
        spent = min(all_multiplications(decision, 1, n, len(self.parts)), MOST_MULTIPLICATIONS / n)
        return cost + SECONDS_A_MULTIPLICATION * spent

    def explain(self, patient: int) -> OneExplained | None:
        """Explain one patient by a fit of its own; None where the others are of one outcome class."""
        table, n = self.pipeline.table, len(self.outcome)
        weight = leave_out(n, np.array([[patient]]))[0]
        if len(np.unique(self.outcome[weight > 0])) < 2:
            return None
        fitted = self.pipeline.fit(self.outcome, weight)
        features = fitted.features.transform(table.values)
        found = attribute(
            fitted.decision,
            features[[patient]],
            features[weight > 0],
            self.parts,
            most_multiplications=MOST_MULTIPLICATIONS / n,
            rng=np.random.default_rng([self.seed, patient]),
        )
        return patient, found.values[0], found.standard_error[0], found.base, float(found.logit[0]), found.exact


def explained_by_own(asked: tuple[OwnModels, IntArray], chunk: range) -> list[OneExplained]:
    """Explain some of the patients that are left."""
    own, patients = asked
    found = (own.explain(int(patients[place])) for place in chunk)
    return [one for one in found if one is not None]
