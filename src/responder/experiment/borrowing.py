"""What borrowing from other people gained, and at which weight of it the verdict and the probabilities would turn."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from responder.arrays import FloatArray
from responder.experiment.headline import draw_own_labelings, verdict_of
from responder.experiment.other_cohort import OtherCohort
from responder.experiment.random import rng_for
from responder.features.compile import label_of_feature
from responder.models.borrow import BorrowModel
from responder.models.borrowed_decision import BorrowedDecision, PatientsBehind
from responder.models.prior import BorrowedPrior
from responder.validate.credible import credible_interval
from responder.validate.loo import LeaveOneOut, leave_one_out_predictions
from responder.validate.pairs import PairMatrix, leave_pair_out
from responder.validate.permutation import PermutationTest, permutation_test
from responder.validate.prior_conflict import PriorConflict, prior_conflict
from responder.validate.refit import ModelPipeline, Pipeline, Refits
from responder.validate.result import Result
from responder.validate.scores import probability_scores
from responder.validate.splits import leave_one_out
from responder.validate.verdict import Verdict
from responder.words import Phrase

if TYPE_CHECKING:
    import pandas as pd

    from responder.experiment.plan import Plan

__all__ = ["AtWeight", "Borrowing", "borrowing_of"]

LeftOutFit = tuple[BorrowedDecision, FloatArray]
"""The fit without a patient, and the patient's features as it standardises them, shape (1, k)."""
WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0)
TESTS_IN_A_BUDGET = 5
"""The tests at all other weights together may cost as much as that at the declared one."""
LEVEL = 0.95
CONFLICT = 0.05
"""Prior predictive p at or below which a marker is said to conflict."""


@dataclass(frozen=True, eq=False)
class AtWeight(Result):
    """The model at one weight of what is borrowed; 0 borrows nothing.

    Attributes
    ----------
    weight : float
        Prior probability that what was borrowed holds here.
    weight_left : float
        What all patients leave of it.
    lpo_auc, permutation_p, brier_loo, brier_skill_loo : float
        The p is the model's own, without adjustment; ``nan`` where it cannot be estimated.
    median_width : float
        Of the patients' 95% credible intervals, each from the others.
    verdict : Verdict
    probability, lower, upper : ndarray, shape (n,)
        Out of fold, of each patient as the next one.
    """

    weight: float
    weight_left: float
    lpo_auc: float
    permutation_p: float
    brier_loo: float
    brier_skill_loo: float
    median_width: float
    verdict: Verdict
    probability: FloatArray
    lower: FloatArray
    upper: FloatArray

    @property
    def numbers(self) -> dict[str, float]:
        """What a sentence tells of it."""
        return {"auc": self.lpo_auc, "skill": self.brier_skill_loo, "width": self.median_width, "level": LEVEL}

    def to_json(self) -> dict[str, Any]:
        """Return the numbers as JSON types; each patient's own are in the table."""
        plain = super().to_json()
        return {k: v for k, v in plain.items() if k not in ("probability", "lower", "upper")} | {
            "verdict": self.verdict.to_json()
        }


@dataclass(frozen=True)
class Borrowing:
    """What was borrowed, and what it gained.

    Attributes
    ----------
    prior : BorrowedPrior
        As the experiment declares it.
    at : tuple of AtWeight
        By weight, the declared one among them.
    conflicts : tuple of PriorConflict
        One a marker.
    patients_behind, others_behind, own_behind : float
        Median over the patients, each from the others: the effective sample size of a probability, how many of these
        are other people, and how many this cohort's.
    others : tuple of OtherCohort
        Cohorts whose patients were borrowed.
    """

    prior: BorrowedPrior
    at: tuple[AtWeight, ...]
    conflicts: tuple[PriorConflict, ...]
    patients_behind: float
    others_behind: float
    own_behind: float
    others: tuple[OtherCohort, ...] = ()

    @property
    def declared(self) -> AtWeight:
        """At the declared weight."""
        return next(one for one in self.at if one.weight == self.prior.weight)

    @property
    def without(self) -> AtWeight:
        """Without anything borrowed."""
        return self.at[0]

    @property
    def turns(self) -> tuple[float, float] | None:
        """The two weights between which the verdict first changes; None where it does not."""
        turns = (pair for pair in pairwise(self.at) if pair[0].verdict.kind is not pair[1].verdict.kind)
        first = next(turns, None)
        return None if first is None else (first[0].weight, first[1].weight)

    def _kind_at(self, weight: float) -> str:
        return next(one.verdict.kind.value for one in self.at if one.weight == weight)

    @property
    def said(self) -> tuple[Phrase, ...]:
        """Who was borrowed, what was gained, whether the verdict turns or markers conflict, and whose it is."""
        declared, without = self.declared, self.without
        numbers = [Phrase("borrowing.numbers", one.numbers) for one in (declared, without)]
        found = [one for other in self.others for one in other.said]
        found.append(Phrase("borrowing.gained", {"weight": declared.weight, "with": numbers[0], "without": numbers[1]}))
        kinds = [Phrase(f"verdict.{one.verdict.kind.value}") for one in (without, declared)]
        is_same = without.verdict.kind is declared.verdict.kind
        verdicts = {"without": kinds[0], "declared": kinds[1]}
        found.append(Phrase(f"borrowing.verdict_{'same' if is_same else 'other'}", verdicts))
        if self.turns is None:
            found.append(Phrase("borrowing.never_turns", {}))
        else:
            before, after = (Phrase(f"verdict.{self._kind_at(weight)}") for weight in self.turns)
            low, high = self.turns
            found.append(Phrase("borrowing.turns", {"low": low, "high": high, "before": before, "after": after}))
        found.append(Phrase("borrowing.left", {"weight": declared.weight, "left": declared.weight_left}))
        against = [one for one in self.conflicts if one.p <= CONFLICT]
        if against:
            names = [one.label for one in against]
            found.append(Phrase("borrowing.conflict", {"markers": names, "n": len(names), "level": CONFLICT}))
        elif self.conflicts:
            least = min(one.p for one in self.conflicts)
            found.append(Phrase("borrowing.no_conflict", {"n": len(self.conflicts), "p": least}))
        whose = {"n": self.patients_behind, "others": self.others_behind, "own": self.own_behind}
        found.append(Phrase("borrowing.behind", whose))
        return tuple(found)

    def frame(self) -> pd.DataFrame:
        """Return one row a weight and patient, by position: probability and its credible interval."""
        import pandas as pd

        rows = [
            pd.DataFrame(
                {
                    "weight": one.weight, "patient": np.arange(len(one.probability)), "probability": one.probability,
                    "lower": one.lower, "upper": one.upper,
                }
            )
            for one in self.at
        ]  # fmt: skip
        return pd.concat(rows, ignore_index=True)

    def to_json(self) -> dict[str, Any]:
        """Return what holds for all patients as JSON types."""
        return {
            "prior": self.prior.to_json(),
            "at": [one.to_json() for one in self.at],
            "turns": None if self.turns is None else list(self.turns),
            "conflicts": [one.to_json() for one in self.conflicts],
            "patients_behind": self.patients_behind,
            "others_behind": self.others_behind,
            "own_behind": self.own_behind,
            "cohorts": [other.to_json() for other in self.others],
            "said": [one.to_json() for one in self.said],
        }


def borrowing_of(
    plan: Plan, pipeline: Pipeline, loo: LeaveOneOut, lpo: PairMatrix, test: PermutationTest | None
) -> Borrowing | None:
    """Return what a model that borrows gained; None for any other model, and where there is no test.

    Parameters
    ----------
    plan : Plan
        The run.
    pipeline : Pipeline
        One of its pipelines.
    loo, lpo, test : LeaveOneOut, PairMatrix, PermutationTest or None
        Of the model as declared.
    """
    model = pipeline.model
    if not isinstance(model, BorrowModel) or test is None:
        return None
    found = []
    behind: list[PatientsBehind] = []
    for weight in sorted({*WEIGHTS, model.prior.weight}):
        own = ModelPipeline(pipeline.table, model.at_weight(weight))
        left_out = _left_out(plan, own)
        if weight == model.prior.weight:
            found.append(_at_weight(plan, own, left_out, loo, lpo, test))
            behind = [decision.patients_behind(row) for decision, row in left_out]
        else:
            rng = rng_for(plan.experiment.experiment.seed, "pairs")
            pairs = leave_pair_out(own, plan.cohort.outcome, most_pairs=plan.pairs_of(own).pairs, rng=rng)
            alone = leave_one_out_predictions(own, plan.cohort.outcome)
            found.append(_at_weight(plan, own, left_out, alone, pairs, _test(plan, own)))
    return Borrowing(
        model.prior,
        tuple(found),
        _conflicts(plan, model),
        float(np.median([one.all[0] for one in behind])),
        float(np.median([one.others[0] for one in behind])),
        float(np.median([one.own[0] for one in behind])),
        plan.others,
    )


def _at_weight(
    plan: Plan,
    pipeline: ModelPipeline,
    left_out: list[LeftOutFit],
    loo: LeaveOneOut,
    lpo: PairMatrix,
    test: PermutationTest,
) -> AtWeight:
    outcome = plan.cohort.outcome
    scores = None if np.isnan(loo.logit).any() else probability_scores(outcome, loo.probability)
    limits = np.concatenate([credible_interval(one, row, LEVEL) for one, row in left_out])
    whole = pipeline.fit(outcome).decision
    assert isinstance(whole, BorrowedDecision)
    assert isinstance(pipeline.model, BorrowModel)
    return AtWeight(
        weight=pipeline.model.prior.weight,
        weight_left=float(whole.weights[0]),
        lpo_auc=lpo.auc,
        permutation_p=test.p if test.is_estimable else float("nan"),
        brier_loo=float("nan") if scores is None else scores.brier,
        brier_skill_loo=float("nan") if scores is None else scores.brier_skill,
        median_width=float(np.median(limits[:, 1] - limits[:, 0])),
        verdict=verdict_of(plan, pipeline, loo, lpo, test, None),
        probability=loo.probability,
        lower=limits[:, 0],
        upper=limits[:, 1],
    )


def _test(plan: Plan, pipeline: ModelPipeline) -> PermutationTest:
    """Test the model at another weight, on as many labelings as its share of the budget buys."""
    wanted, own = plan.experiment.experiment, plan.permutations[pipeline.id]
    budget = wanted.permutation.budget_seconds / TESTS_IN_A_BUDGET
    count = own.labelings if own.seconds <= budget else max(99, int(own.labelings * budget / own.seconds))
    return permutation_test(
        pipeline,
        draw_own_labelings(plan).thinned(count, rng_for(wanted.seed, "thinning")),
        side=wanted.permutation.side,
        pairs=own.choose_pairs(plan.cohort.n, rng_for(wanted.seed, "permutation pairs")),
    )


def _left_out(plan: Plan, pipeline: ModelPipeline) -> list[LeftOutFit]:
    """Return the fit without each patient, and the patient's features as that fit standardises them, shape (1, k)."""
    outcome = plan.cohort.outcome
    assert isinstance(pipeline.model, BorrowModel)
    found = []
    train, ask = leave_one_out(len(outcome))
    for sets, asked in pipeline.table.training_sets(Refits.of_outcome(train, outcome, ask)):
        decisions = pipeline.model.decisions(sets)[0]
        found += [(d, sets.features[m, asked[m]]) for m, d in enumerate(decisions)]
    return found


def _conflicts(plan: Plan, model: BorrowModel) -> tuple[PriorConflict, ...]:
    table = plan.table
    values = table.scaling(np.ones((1, table.n))).filled(table.derived, table.missing)
    labelings = draw_own_labelings(plan)
    return tuple(
        prior_conflict(
            name,
            values[:, model.names.index(name)],
            plan.cohort.outcome,
            model.prior,
            labelings,
            label_of_feature(plan.cohort.study, table.spec, name),
        )
        for name in model.prior.features
        if name in model.names
    )
