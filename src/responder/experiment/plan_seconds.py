"""What each step of a run will cost, nominally: the steps are those whose seconds the run itself tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from responder.cohort import Cohort
from responder.experiment.config import Experiment
from responder.experiment.foreign_trial import ForeignTrial
from responder.explain.own_models import SECONDS_A_MULTIPLICATION
from responder.explain.ranks import MOST_MULTIPLICATIONS as MOST_OF_RANKS
from responder.explain.ranks import affordable_ranks
from responder.models.base import DecidesMany
from responder.models.low_rank import is_low_rank
from responder.models.mixtures import multiplications_alone, multiplications_of_kind
from responder.models.posterior import NeutralModel, columns_looked_at
from responder.models.shapley import (
    FEWEST_REPLICATES,
    MOST_MULTIPLICATIONS,
    MOST_ORDERS,
    MOST_PLAYERS,
    MULTIPLICATIONS_A_SUM,
    multiplications_of_sample,
)
from responder.validate.budget import PairPlan, PermutationPlan
from responder.validate.compared import can_be_compared
from responder.validate.cost import seconds_of_fit
from responder.validate.left_out import FEWEST_PATIENTS
from responder.validate.permutation import count_labelings
from responder.validate.refit import ModelPipeline, Pipeline, Table
from responder.validate.resampling import resampling_fits
from responder.validate.screen import SECONDS_A_MARKER

__all__ = ["REFITS_OF_A_BAND", "PlannedWork"]

STEPS_OF_A_MODEL = ("leave-one-out", "leave-pair-out", "stability", "resampling", "explanation")
REFITS_OF_A_BAND = 200
"""A score has a band even where the experiment asks for no stability analysis."""
SECONDS_A_KEPT_REFIT = 1e-4
"""Of the primary model, beside the fit: its features and its decision as data, and its ranks."""
SECONDS_ALONE = 1.5e-3
"""Of a fit that is made on its own, beside the fit."""
SECONDS_A_RANKED_NUMBER = 3e-8
"""Of one value of one patient, in every refit that ranks."""
SECONDS_OF_A_LABELING = 1e-5
"""Of one fit of a test: its share in the fits of everybody under each labeling, which the others start from."""
SECONDS_A_RANK = 4e-6
"""Of one feature among the others, in every refit that ranks."""
SECONDS_A_MODEL = 0.05
"""Of calibration, decision curve, intervals and checks."""
SECONDS_A_MEMBER = 0.15
"""Of an ensemble: its cohort is planned like any other."""


@dataclass(frozen=True)
class PlannedWork:
    """What a run is asked to do, for its seconds.

    Attributes
    ----------
    experiment : Experiment
        Settings.
    cohort : Cohort
        Patients.
    table : Table
        Features.
    pipelines : tuple of Pipeline
        Models.
    pairs : Mapping of str to PairPlan
        What leave-pair-out of each will do.
    permutations : Mapping of str to PermutationPlan
        What the permutation test of each will do.
    trials : Mapping of str to ForeignTrial
        Foreign estimators as they were measured here; without them they cost what is nominal.
    """

    experiment: Experiment
    cohort: Cohort
    table: Table
    pipelines: tuple[Pipeline, ...]
    pairs: Mapping[str, PairPlan]
    permutations: Mapping[str, PermutationPlan]
    trials: Mapping[str, ForeignTrial]

    def seconds(self) -> dict[str, float]:
        """Return the nominal seconds of each step, named as in the result of a run."""
        of_models = [self.of_model(p) for p in self.pipelines]
        found = {
            "permutation": sum(self._test(p) for p in self.pipelines),
            **{step: sum(own[step] for own in of_models) for step in STEPS_OF_A_MODEL},
            "scores": self._limits() + SECONDS_A_MODEL * len(self.pipelines),
            "comparison": sum(self._comparison(p) for p in self.pipelines),
            "screen": self._screen(),
            "ensemble": self._members(),
        }
        for step, seconds in self._imputing().items():
            found[step] += seconds
        return found

    def of_model(self, pipeline: Pipeline) -> dict[str, float]:
        """Return the nominal seconds of the steps that validate one model, its permutation test apart."""
        steps = (
            self._leave_one_out(pipeline),
            self._fits(pipeline, self.pairs[pipeline.id].fits),
            self._refits(pipeline),
            self._samples(pipeline, resampling_fits(self.cohort.n)),
            self._explanation(pipeline),
        )
        return dict(zip(STEPS_OF_A_MODEL, steps, strict=True))

    def a_member(self) -> float:
        """Return the nominal seconds of the primary model in one member of an ensemble."""
        primary = self._primary
        fits = self._fits(primary, self.cohort.n + self.pairs[primary.id].pairs)
        return SECONDS_A_MEMBER + fits + self._test(primary)

    @property
    def _primary(self) -> Pipeline:
        return next(p for p in self.pipelines if p.id == self.experiment.primary_model)

    def _a_fit(self, pipeline: Pipeline) -> float:
        """Return what one refit costs: as it was measured where that is known."""
        trial = self.trials.get(pipeline.id)
        return pipeline.seconds_per_fit() if trial is None else trial.measured_seconds

    def _fits(self, pipeline: Pipeline, fits: int) -> float:
        return fits * self._a_fit(pipeline)

    def _samples(self, pipeline: Pipeline, samples: int) -> float:
        """Return what refits on samples or folds cost, which start from nothing."""
        if isinstance(pipeline, ModelPipeline) and pipeline.id not in self.trials:
            return samples * pipeline.seconds_per_cold_fit()
        return self._fits(pipeline, samples)

    def _test(self, pipeline: Pipeline) -> float:
        test = self.permutations.get(pipeline.id)
        if test is None:
            return 0.0
        of_labelings = test.fits * SECONDS_OF_A_LABELING if self._starts_from_everybody(pipeline, "bayes") else 0.0
        return self._fits(pipeline, test.fits) + of_labelings

    def _starts_from_everybody(self, pipeline: Pipeline, *more: str) -> bool:
        """Return whether fits that leave a few out start from that of everybody, of linear models and some more."""
        kind = pipeline.id.partition(":")[0]
        return kind in {"ridge", "single", "logf", *more} and self.cohort.n >= FEWEST_PATIENTS

    def _leave_one_out(self, pipeline: Pipeline) -> float:
        """Return what leave-one-out costs: many rows are asked of each fit, to see whether it tells any two apart."""
        n, k = self.cohort.n, len(self.table.feature_table.names) + 1
        whole = pipeline.id.partition(":")[0] == "bayes" and n >= FEWEST_PATIENTS and not is_low_rank(n, k - 1)
        by_matrix = 5e-10 * n * k**2 if whole else 0.0
        return n * (self._a_fit(pipeline) + by_matrix)

    def _refits(self, pipeline: Pipeline) -> float:
        """Return what the bootstrap refits of a model cost; those of the primary model are kept."""
        draws = self.experiment.bootstrap.draws
        if pipeline.id != self.experiment.primary_model:
            return self._samples(pipeline, draws + 1)
        draws = draws if draws > 1 else REFITS_OF_A_BAND
        alone = not (isinstance(pipeline, ModelPipeline) and isinstance(pipeline.model, DecidesMany))
        kept = SECONDS_ALONE if alone else SECONDS_A_KEPT_REFIT
        return self._samples(pipeline, draws + 1) + draws * kept

    def _explanation(self, pipeline: Pipeline) -> float:
        """Return what explaining every patient by the fit without them costs, and of the primary model its ranks."""
        if pipeline.model.is_baseline:
            return 0.0 if self.cohort.n >= FEWEST_PATIENTS else self._fits(pipeline, self.cohort.n)
        n, trial, kind = self.cohort.n, self.trials.get(pipeline.id), pipeline.id.partition(":")[0]
        by_coefficients = self._starts_from_everybody(pipeline)
        each = self._fits(pipeline, n) if by_coefficients else self._samples(pipeline, n) + n * SECONDS_ALONE
        if trial is not None:
            return each + trial.explanation_seconds
        players = len(self.table.feature_table.names)
        mixture = float(multiplications_of_kind(kind, n))
        alone = multiplications_alone(mixture, players)
        if is_low_rank(n, players) and mixture:
            alone = float(MULTIPLICATIONS_A_SUM * n)  # whole orders by running sums, as many as there are patients
        explained = each + n * self._mixtures(mixture, alone, players, 1, MOST_MULTIPLICATIONS / n)
        draws = self.experiment.bootstrap.draws
        if pipeline.id != self.experiment.primary_model or not draws:
            return explained
        refits, patients = affordable_ranks(multiplications_of_sample(mixture, alone, players) * n * n, n, draws)
        ranked = self._mixtures(mixture, alone, players, patients, MOST_OF_RANKS / draws)
        ordered = players * (SECONDS_A_RANK + patients * SECONDS_A_RANKED_NUMBER)
        return explained + refits * (ranked + ordered)

    def _mixtures(self, mixture: float, alone: float, players: int, rows: int, affordable: float) -> float:
        """Return what it costs to explain patients by mixtures with all others.

        Parameters
        ----------
        mixture, alone : float
            Multiplications of a mixture among all others, and along an order; 0 where values have a closed form.
        players, rows : int
            Features, and patients explained at once.
        affordable : float
            Multiplications that may be spent.
        """
        if not mixture:
            return 0.0
        n = self.cohort.n
        spent = mixture * rows * n * 2.0 ** min(players, MOST_PLAYERS)
        an_order = 2.0 * (players + 1) * rows * n * alone
        if players > MOST_PLAYERS or spent > max(affordable, FEWEST_REPLICATES * an_order):
            spent = an_order * max(FEWEST_REPLICATES, min(affordable / an_order, -(-MOST_ORDERS // (2 * n))))
        return spent * SECONDS_A_MULTIPLICATION

    def _limits(self) -> float:
        """Return what the next patient's limits cost, once for all models that look at the same features."""
        looked_at = {columns_looked_at(p.model, len(self.table.feature_table.names)) for p in self.pipelines}
        of = [NeutralModel("neutral", columns=columns) for columns in looked_at if columns]
        return self.cohort.n * sum(seconds_of_fit(model, self.cohort.n, len(model.columns)) for model in of)

    def _comparison(self, pipeline: Pipeline) -> float:
        """Return what it costs to test one of two models once more, on the pairs that the other was tested on."""
        primary, n = self._primary, self.cohort.n
        own, other = self.permutations.get(primary.id), self.permutations.get(pipeline.id)
        if own is None or other is None or own.pairs == other.pairs:
            return 0.0
        if not can_be_compared(n, self.cohort.smaller_class):
            return 0.0
        return min(own.fits, other.fits) * self._a_fit(primary if own.pairs > other.pairs else pipeline)

    def _screen(self) -> float:
        asked = self.experiment.screen
        if asked is None:
            return 0.0
        possible = count_labelings(self.cohort.outcome, self.cohort.strata)
        labelings = possible if possible <= asked.most_exact else asked.draws + 1
        return labelings * len(self.table.spec.steps) * SECONDS_A_MARKER

    def _members(self) -> float:
        asked = self.experiment.ensemble
        return 0.0 if asked is None else asked.draws * self.a_member()

    def _imputing(self) -> dict[str, float]:
        """Return what completing training sets costs, once for all models, in the step that asks for each first."""
        if self.table.imputer is None:
            return {}
        n, a_set = self.cohort.n, self.table.imputer.seconds_per_set()
        pairs = min(n * (n - 1) // 2, sum(test.pairs for test in self.permutations.values()))
        sets = {
            "permutation": pairs,
            "leave-one-out": n,
            "stability": self.experiment.bootstrap.draws,
            "resampling": resampling_fits(n),
        }
        return {step: count * a_set for step, count in sets.items()}
