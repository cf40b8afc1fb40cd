"""What a run will do, before it does it: cohort, features, pipelines, and what the permutation tests will cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from responder.cohort import Cohort, Findings, load_cohort
from responder.evidence.reconstruction.statements import ReportedFacts
from responder.experiment.borrowed import borrowed_prior, published_predictors
from responder.experiment.ensemble_facts import ensemble_facts
from responder.experiment.foreign_trial import ForeignTrial, try_foreign
from responder.experiment.other_cohort import OtherCohort, read_other_cohorts
from responder.experiment.pipelines import pipeline_for
from responder.experiment.plan_seconds import PlannedWork
from responder.experiment.resolve import ResolvedExperiment
from responder.features import MultipleImputation, compile_features, encoded_levels
from responder.models.foreign import ForeignModel
from responder.study import Study, load_study
from responder.trial import landmark_cohort, read_visits
from responder.validate.budget import PairPlan, PermutationPlan, plan_pairs, plan_permutation
from responder.validate.checks import check_events, check_features, check_tuning
from responder.validate.refit import Pipeline, Table
from responder.validate.resampling import resampling_fits
from responder.validate.verdict import MIN_CLASS_SIZE

__all__ = ["Plan", "open_cohort", "open_landmark", "plan_cohort", "plan_experiment"]

SECONDS_BESIDE_FITS = 8  # of the reference cohort, on the machine of the nominal seconds
SECONDS_A_FEATURE = 1e-2  # reading a study and its table, checks, ranks, tables of a report
SECONDS_A_VALUE = 2.5e-5


@dataclass(frozen=True)
class Plan:
    """What a run will do, before it does it.

    Attributes
    ----------
    cohort : Cohort
        Checked patients.
    table : Table
        Encoded values and features.
    pipelines : tuple of Pipeline
        In the order of the experiment.
    permutations : Mapping[str, PermutationPlan]
        Plan of each model's permutation test.
    findings : Findings
        Of intake, cohort and settings.
    facts : ReportedFacts or None
        What the members of an ensemble must fit; None where the experiment is about the given table alone.
    trials : tuple of ForeignTrial
        What one fit of every foreign estimator showed.
    others : tuple of OtherCohort
        Cohorts whose patients are borrowed.
    """

    experiment: ResolvedExperiment
    cohort: Cohort
    table: Table
    pipelines: tuple[Pipeline, ...]
    permutations: Mapping[str, PermutationPlan]
    findings: Findings
    facts: ReportedFacts | None = None
    trials: tuple[ForeignTrial, ...] = ()
    others: tuple[OtherCohort, ...] = ()

    def pipeline(self, model: str) -> Pipeline:
        """Return the pipeline of a model."""
        return next(p for p in self.pipelines if p.id == model)

    def fits_of(self, model: str) -> int:
        """Upper bound on the refits of one model on the given table."""
        test = self.permutations.get(model)
        return self._fits_of(self.pipeline(model)) + (0 if test is None else test.fits)

    @property
    def fits(self) -> int:
        """Upper bound on the refits of the whole run, each member of an ensemble counted like the given table."""
        return sum(self.fits_of(p.id) for p in self.pipelines) + self.members * self.fits_a_member

    @property
    def seconds(self) -> float:
        """Nominal computing time on one ordinary core."""
        return sum(self._work(measured=False).seconds().values())

    @property
    def expected_seconds(self) -> float:
        """The same, foreign estimators at what one fit took here: what they cost is not known beforehand."""
        return sum(self.seconds_by_step.values())

    @property
    def seconds_by_step(self) -> dict[str, float]:
        """The expected seconds of each step, named as in `ExperimentResult.seconds`."""
        return self._work(measured=True).seconds()

    @property
    def seconds_beside(self) -> float:
        """About how long everything but the fits takes: a share each for the run, its features and its values."""
        features = len(self.table.feature_table.names)
        return SECONDS_BESIDE_FITS + SECONDS_A_FEATURE * features + SECONDS_A_VALUE * features * self.cohort.n

    @property
    def members(self) -> int:
        """Most members of the ensemble; 0 where there is none."""
        asked = self.experiment.experiment.ensemble
        return 0 if asked is None else asked.draws

    @property
    def fits_a_member(self) -> int:
        """Upper bound on the refits of the primary model in one member of an ensemble."""
        test = self.permutations.get(self.experiment.experiment.primary_model)
        return self.cohort.n + self.pairs_of(self._primary).pairs + (0 if test is None else test.fits)

    @property
    def seconds_a_member(self) -> float:
        """Nominal computing time of the primary model in one member of an ensemble."""
        return self._work(measured=False).a_member()

    @property
    def _primary(self) -> Pipeline:
        return self.pipeline(self.experiment.experiment.primary_model)

    def _work(self, *, measured: bool) -> PlannedWork:
        return PlannedWork(
            self.experiment.experiment,
            self.cohort,
            self.table,
            self.pipelines,
            {p.id: self.pairs_of(p) for p in self.pipelines},
            self.permutations,
            {trial.model: trial for trial in self.trials} if measured else {},
        )

    def pairs_of(self, pipeline: Pipeline) -> PairPlan:
        """Return what leave-pair-out of a pipeline will do."""
        wanted = self.experiment.experiment.validation
        return plan_pairs(
            pipeline,
            self.cohort.outcome,
            most_pairs=wanted.most_pairs,
            tournament=wanted.tournament,
            rebalanced_draws=wanted.rebalanced_draws,
            budget_seconds=wanted.budget_seconds,
        )

    def _fits_of(self, pipeline: Pipeline) -> int:
        """Upper bound on the refits of one model, its permutation test left out."""
        n = self.cohort.n
        # out-of-fold predictions and their explanation; the whole cohort; bootstrap refits
        others = 2 * (n + 1) + self.experiment.experiment.bootstrap.draws + resampling_fits(n)
        return others + self.pairs_of(pipeline).fits

    def seconds_of_validating(self) -> dict[str, float]:
        """Return the expected seconds of validating each model, its permutation test apart."""
        work = self._work(measured=True)
        return {p.id: sum(work.of_model(p).values()) for p in self.pipelines}

    def to_json(self) -> dict[str, Any]:
        """Return the plan as JSON types."""
        return {
            "name": self.experiment.experiment.name,
            "n": self.cohort.n,
            "responders": self.cohort.responders,
            "features": list(self.table.feature_table.names),
            "models": [p.id for p in self.pipelines],
            "fits": self.fits,
            "nominal_seconds": round(self.seconds, 2),
            "seconds_by_step": {step: round(seconds, 2) for step, seconds in self.seconds_by_step.items() if seconds},
            "seconds_beside": round(self.seconds_beside, 2),
            **({"members": self.members, "fits_a_member": self.fits_a_member} if self.members else {}),
            "permutation": {
                name: {"labelings": p.labelings, "exact": p.exact, "pairs": p.pairs, "all_pairs": p.all_pairs}
                for name, p in self.permutations.items()
            },
            **({"borrowed_from": [other.to_json() for other in self.others]} if self.others else {}),
            **({"expected_seconds": round(self.expected_seconds, 2)} if self.trials else {}),
            **({"estimators": [trial.to_json() for trial in self.trials]} if self.trials else {}),
            **self.findings.to_json(),
        }


def open_cohort(resolved: ResolvedExperiment) -> tuple[Study, Cohort]:
    """Read the study and the checked cohort of an experiment.

    Raises
    ------
    ConfigError
        If the study cannot be read.
    DataRefusedError
        If the cohort is refused.
    """
    wanted = resolved.experiment
    study = load_study(wanted.study, beside=resolved.path.parent)
    if wanted.landmark is not None:
        at_landmark = open_landmark(resolved)
        at_landmark.findings.raise_if_refused()
        return at_landmark.study, at_landmark
    cohort = load_cohort(
        resolved.cohort_path,
        study,
        endpoint=wanted.cohort.endpoint or None,
        traits=wanted.traits or None,
        options=resolved.read_options,
        strata=wanted.cohort.strata or None,
    )
    cohort.findings.raise_if_refused()
    return study, cohort


def open_landmark(resolved: ResolvedExperiment) -> Cohort:
    """Read the visits of an experiment as the cohort of its landmark analysis; refusals stay among its findings.

    Raises
    ------
    ConfigError
        If the study cannot be read, or does not know what the landmark names.
    DataRefusedError
        If the visits are refused.
    """
    wanted = resolved.experiment
    assert wanted.landmark is not None
    study = load_study(wanted.study, beside=resolved.path.parent)
    return landmark_cohort(
        read_visits(resolved.cohort_path, study, where=wanted.cohort.where, pseudonyms=wanted.cohort.pseudonyms),
        wanted.landmark.week,
        wanted.landmark.rises,
        scale=wanted.landmark.scale,
        adjust=wanted.landmark.adjust,
        endpoint=wanted.cohort.endpoint,
    )


def plan_experiment(resolved: ResolvedExperiment) -> Plan:
    """Check everything that can be checked without fitting, and count what a run would do."""
    cohort = open_cohort(resolved)[1]
    return replace(plan_cohort(resolved, cohort), facts=ensemble_facts(resolved, cohort))


def plan_cohort(resolved: ResolvedExperiment, cohort: Cohort) -> Plan:
    """Plan an experiment on a cohort at hand, instead of the one that it names."""
    wanted, study = resolved.experiment, cohort.study
    spec = compile_features(study, cohort.traits, only=wanted.features)
    imputation = None
    if wanted.imputation.method == "multiple":
        imputation = MultipleImputation(wanted.imputation.draws, wanted.seed, encoded_levels(study, cohort.traits))
    borrowed, others = None, tuple[OtherCohort, ...]()
    if "borrow" in wanted.models:
        others = read_other_cohorts(resolved, cohort, spec)
        borrowed = borrowed_prior(wanted.borrow, spec, published_predictors(resolved), cohort.values, others)
    table = Table(spec, cohort.values, _expected(study), imputation, borrowed)
    pipelines = tuple(pipeline_for(table, id_, wanted) for id_ in wanted.pipeline_ids)
    check, finding = check_tuning(cohort.n, cohort.smaller_class, wanted.tuning.models, wanted.tuning.override)
    findings = cohort.findings.adding([finding] if finding else [], [check])
    findings.raise_if_refused()
    events, few = check_events(table, cohort.smaller_class, cohort.source)
    one, rests = check_features(table, cohort.ids)
    findings = findings.adding([*([few] if few else []), *rests], [events, one])
    permutations = {
        p.id: plan_permutation(
            p,
            cohort.outcome,
            most_exact=wanted.permutation.most_exact,
            draws=wanted.permutation.draws,
            budget_seconds=wanted.permutation.budget_seconds,
            strata=cohort.strata,
            fewest_pairs=wanted.permutation.fewest_pairs,
        )
        for p in pipelines
        if not p.model.is_baseline and cohort.smaller_class >= MIN_CLASS_SIZE
    }
    both = cohort.smaller_class > 0
    foreign = [p.model for p in pipelines if isinstance(p.model, ForeignModel) and both]
    trials = tuple(try_foreign(table, model, cohort.outcome) for model in foreign)
    return Plan(resolved, cohort, table, pipelines, permutations, findings, trials=trials, others=others)


def _expected(study: Study) -> dict[str, float]:
    """Return the log-odds per SD that the study's hypotheses declare with a strength."""
    expected: dict[str, float] = {}
    for hypothesis in study.hypotheses:
        for item in hypothesis.expects:
            if hypothesis.prior_log_odds_per_sd > 0:
                sign = 1.0 if item.direction == "higher" else -1.0
                expected[item.feature] = sign * hypothesis.prior_log_odds_per_sd
    return expected
