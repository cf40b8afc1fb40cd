"""The one result of an experiment: everything that people are shown is drawn from it, nothing is computed again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from responder.arrays import FloatArray
from responder.cohort.cohort import Cohort
from responder.cohort.findings import Findings
from responder.cohort.ids import without_ids
from responder.experiment.answer import Answer
from responder.experiment.kept_estimator import KeptEstimator, kept_estimator
from responder.experiment.resolve import ResolvedExperiment
from responder.experiment.schema import SCHEMA
from responder.explain.explanation import OutOfFoldExplanation
from responder.explain.firth_model import ModelInference
from responder.explain.hypothesis_verdict import HypothesisVerdict
from responder.explain.out_of_fold import Attributions
from responder.explain.ranks import RankProbabilities
from responder.features.compile import label_of_feature
from responder.models.fitted import FittedPipeline
from responder.models.foreign import ForeignDecision
from responder.validate.budget import PermutationPlan
from responder.validate.calibration import Calibration
from responder.validate.compared import PairedComparison
from responder.validate.conformal import ConformalSets
from responder.validate.decision import DecisionCurve
from responder.validate.familywise import Familywise
from responder.validate.intervals import AucInterval
from responder.validate.loo import LeaveOneOut
from responder.validate.pairs import PairMatrix, Tournament
from responder.validate.patient_interval import PatientIntervals
from responder.validate.permutation import PermutationTest
from responder.validate.refit import Table
from responder.validate.resampling import Resampling
from responder.validate.scores import ProbabilityScores
from responder.validate.screen import MarkerScreen
from responder.validate.stability import Stability
from responder.validate.subgroups import SubgroupPerformance
from responder.validate.tuning_report import TuningReport
from responder.validate.verdict import Reason, Verdict, VerdictKind, may_score
from responder.validate.winners import WinnersCurse
from responder.words import Phrase

if TYPE_CHECKING:
    import pandas as pd
    import shap

    from responder.evidence import MapPrior
    from responder.experiment.borrowing import Borrowing
    from responder.experiment.ensemble_result import EnsembleResult

__all__ = ["ExperimentResult", "ModelResult"]


@dataclass(frozen=True)
class ModelResult:
    """Everything that is known of one model.

    Attributes
    ----------
    id : str
    title : Phrase
        Names of the model.
    is_baseline : bool
        Whether it looks at no trait on purpose.
    verdict : Verdict
        What may be said of it; every output leads with it.
    lpo : PairMatrix
        The headline discrimination.
    intervals : tuple of AucInterval
        Of the leave-pair-out AUC, the calibrated one first; empty where it cannot be estimated.
    tournament : Tournament or None
        The ROC curve.
    rebalanced : ndarray
        AUC of each draw of rebalanced leave-one-out (secondary).
    loo : LeaveOneOut
        Out-of-fold predictions.
    scores : ProbabilityScores or None
        Brier score and skill, log loss, accuracy of the out-of-fold predictions.
    calibration : Calibration or None
        In the large, intercept and slope.
    permutation : PermutationTest or None
        Of the whole pipeline; None for the baseline.
    plan : PermutationPlan or None
        What the test's budget bought.
    p_adjusted : float or None
        Permutation p adjusted for everything tried; that of a model named beforehand is its own.
    stability : Stability or None
        Under stratified bootstrap refits.
    decision_curve : DecisionCurve or None
        Net benefit at the declared thresholds.
    attributions : Attributions or None
        Out-of-fold Shapley values.
    ranks : RankProbabilities or None
        Spread of the ranking over bootstrap refits.
    fitted : FittedPipeline
        Fitted on everybody.
    refits : tuple of FittedPipeline
        Fitted on bootstrap samples, those of the stability analysis; of the primary model alone.
    tuning : TuningReport or None
        Settings chosen in each fit; None for a model with fixed settings.
    resampling : Resampling or None
        Repeated k-fold, bootstrap optimism and .632+; None up to n = 100.
    conformal : tuple of ConformalSets
        Outcomes that cannot be ruled out for each patient, at 80% and 90%; empty where there are no probabilities.
    venn_abers_width : float or None
        Mean distance of the two Venn-Abers probabilities that scoring would give to patients like these.
    part_of_endpoint : bool
        Whether it is one marker alone that the endpoint's own score is made of: it goes with it by arithmetic.
    winners : WinnersCurse or None
        By how much simulated cohorts that beat chance are too good; None where this one does not.
    coefficients : ModelInference or None
        Log odds per SD with limits and p of a Firth or FLAC model fitted on everybody; None for all other models.
    patient_intervals : PatientIntervals or None
        Of each patient's true probability, from the others; None where there are no probabilities.
    borrowing : Borrowing or None
        What borrowing from other people gained; None for every other model.
    """

    id: str
    title: Phrase
    is_baseline: bool
    verdict: Verdict
    lpo: PairMatrix
    intervals: tuple[AucInterval, ...]
    tournament: Tournament | None
    rebalanced: FloatArray
    loo: LeaveOneOut
    scores: ProbabilityScores | None
    calibration: Calibration | None
    permutation: PermutationTest | None
    plan: PermutationPlan | None
    p_adjusted: float | None
    stability: Stability | None
    decision_curve: DecisionCurve | None
    attributions: Attributions | None
    ranks: RankProbabilities | None
    fitted: FittedPipeline
    refits: tuple[FittedPipeline, ...] = ()
    tuning: TuningReport | None = None
    resampling: Resampling | None = None
    conformal: tuple[ConformalSets, ...] = ()
    venn_abers_width: float | None = None
    patient_intervals: PatientIntervals | None = None
    winners: WinnersCurse | None = None
    part_of_endpoint: bool = False
    coefficients: ModelInference | None = None
    borrowing: Borrowing | None = None

    def __repr__(self) -> str:
        auc = f"AUC {self.lpo.auc:.2f}, " if self.has_auc else ""
        return f"<{self.id}: {auc}{Phrase(f'verdict.{self.verdict.kind.value}')}>"

    @property
    def has_auc(self) -> bool:
        """Whether an AUC may be told: of a model that can be estimated, and of the baseline, of which it is 0.5."""
        return not self.verdict.is_silent or (self.is_baseline and self.verdict.reason is Reason.CONSTANT_MODEL)

    @property
    def metrics(self) -> dict[str, float]:
        """The numbers by which models are compared; those that cannot be estimated are absent."""
        found: dict[str, float | None] = {}
        if self.has_auc:
            found["lpo_auc"] = self.lpo.auc
        if self.intervals:
            found |= {"lpo_auc_lower": self.intervals[0].lower, "lpo_auc_upper": self.intervals[0].upper}
        if self.permutation is not None and self.permutation.is_estimable:
            found |= {
                "permutation_p": self.permutation.p,
                "permutation_p_tie_broken": self.permutation.p_tie_broken,
                "permutation_p_maxt": self.p_adjusted,
                "smallest_attainable_p": self.permutation.smallest_attainable_p,
                "null_median_auc": self.permutation.null_median,
                "labelings": float(self.permutation.labelings),
            }
        if self.scores is not None:
            found |= {
                "brier_loo": self.scores.brier,
                "brier_skill_loo": self.scores.brier_skill,
                "log_loss_loo": self.scores.log_loss,
                "accuracy_loo": self.scores.accuracy.estimate,
            }
        if self.calibration is not None:
            found |= {
                "calibration_in_the_large": self.calibration.in_the_large.value,
                "calibration_slope": self.calibration.slope.value,
            }
        if self.rebalanced.size:
            found["rebalanced_loo_auc"] = float(self.rebalanced.mean())
        if self.resampling is not None:
            found |= self.resampling.metrics
        found["venn_abers_width"] = self.venn_abers_width
        return {name: float(v) for name, v in found.items() if v is not None and np.isfinite(v)}

    def to_json(self) -> dict[str, Any]:
        """Return the model's results as JSON types, without the patient-level tables."""
        return {
            "id": self.id,
            "title": self.title.to_json(),
            "is_baseline": self.is_baseline,
            "part_of_endpoint": self.part_of_endpoint,
            "verdict": self.verdict.to_json(),
            "metrics": self.metrics,
            "leave_pair_out": {**self.lpo.to_json(), **({} if self.has_auc else {"auc": None})},
            "intervals": [interval.to_json() for interval in self.intervals],
            "tournament": self.tournament.to_json() if self.tournament else None,
            "permutation": self.permutation.to_json() if self.permutation else None,
            "scores": self.scores.to_json() if self.scores else None,
            "calibration": self.calibration.to_json() if self.calibration else None,
            "decision_curve": self.decision_curve.to_json() if self.decision_curve else None,
            "stability": self._stability_summary(),
            **self._importance(),
            "influence": self._influence(),
            "ranks": self.ranks.to_json() if self.ranks else None,
            "tuning": self.tuning.to_json() if self.tuning else None,
            "resampling": self.resampling.to_json() if self.resampling else None,
            "winners": self.winners.to_json() if self.winners else None,
            "coefficients": self.coefficients.to_json() if self.coefficients else None,
            "conformal": [sets.summary() for sets in self.conformal],
            "patient_intervals": self.patient_intervals.summary() if self.patient_intervals else None,
            **({"borrowing": self.borrowing.to_json()} if self.borrowing else {}),
        }

    def _importance(self) -> dict[str, list[Any]]:
        """Return what each feature, each trait and each cluster of correlated features carries, the largest first."""
        found = self.attributions
        if found is None:
            return {"importance": [], "importance_of_traits": [], "importance_of_clusters": []}
        return {
            "importance": found.ranking().to_dict(orient="records"),
            "importance_of_traits": found.by_trait().ranking().to_dict(orient="records"),
            "importance_of_clusters": [
                {"features": list(features), "mean_absolute": size} for features, size in found.entangled()
            ],
        }

    def _influence(self) -> list[dict[str, Any]]:
        """Return the patients, by position, without whom the ranking of traits would be another one."""
        found = self.attributions
        if found is None:
            return []
        return [one.to_json() | {"patient": found.ids.index(one.patient)} for one in found.by_trait().influential()]

    def _stability_summary(self) -> dict[str, Any] | None:
        """Return what holds for all patients; each patient's own numbers are in the table."""
        found = self.stability
        if found is None:
            return None
        return {
            "level": found.level,
            "threshold": found.threshold,
            "n_refits": found.n_refits,
            "n_discarded": found.n_discarded,
            "mean_absolute_prediction_error": float(found.mean_absolute_prediction_error.mean()),
            "classification_instability": float(found.classification_instability.mean()),
        }


@dataclass(frozen=True)
class ExperimentResult:
    """What an experiment found.

    Attributes
    ----------
    experiment : ResolvedExperiment
        What was asked, each value with its source.
    cohort : Cohort
        Who was measured.
    table : Table
        Encoded values and feature spec.
    models : tuple of ModelResult
        In the order of the experiment.
    primary : str
        The model named beforehand.
    answer : Answer
        What every output leads with.
    familywise : Familywise
        Adjustment for everything tried.
    hypotheses : tuple of HypothesisVerdict
        What the cohort says of the study's hypotheses.
    findings : Findings
        Of intake, cohort and models.
    failed_gates : tuple of Phrase
        Gates of the experiment that were not met.
    provenance : Mapping[str, str]
        Code version, lock digest, data digest, seed.
    ensemble : EnsembleResult or None
        The range over all cohorts that fit published facts; None where only the given table is asked about.
    comparisons : tuple of PairedComparison
        The primary model against every other one, on the same left-out pairs.
    subgroups : tuple of SubgroupPerformance
        Of the primary model; empty where it cannot be estimated, and where no subgroup is declared.
    screen : MarkerScreen or None
        Every feature alone; None where no screen is asked for.
    evidence : MapPrior or None
        What others measured of the features in use, per SD; None where the experiment names no file of predictors.
    seconds : Mapping[str, float]
        Where the time went; not part of the JSON, which is the same for the same seed.
    """

    experiment: ResolvedExperiment
    cohort: Cohort
    table: Table
    models: tuple[ModelResult, ...]
    primary: str
    answer: Answer
    familywise: Familywise
    hypotheses: tuple[HypothesisVerdict, ...]
    findings: Findings
    failed_gates: tuple[Phrase, ...]
    provenance: Mapping[str, str]
    ensemble: EnsembleResult | None = None
    comparisons: tuple[PairedComparison, ...] = ()
    subgroups: tuple[SubgroupPerformance, ...] = ()
    screen: MarkerScreen | None = None
    evidence: MapPrior | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<ExperimentResult {self.name}: {self.cohort.n} patients, {self.primary_model!r}>"

    @property
    def name(self) -> str:
        """Name of the experiment."""
        return self.experiment.experiment.name

    def model(self, id_: str) -> ModelResult:
        """Return one model's results.

        Raises
        ------
        KeyError
            If the experiment did not try it.
        """
        return {m.id: m for m in self.models}[id_]

    @property
    def primary_model(self) -> ModelResult:
        """Results of the model named beforehand."""
        return self.model(self.primary)

    @property
    def verdict(self) -> Verdict:
        """What every output leads with: of the primary model, over all members where there is an ensemble."""
        return self.primary_model.verdict if self.ensemble is None else self.ensemble.verdict

    @property
    def no_bundle(self) -> Phrase | None:
        """Why there is no bundle to score new patients by; None where there is one.

        A landmark model is kept only where it beats chance, and an estimator that is code never: reading would run it.
        """
        decision = self.primary_model.fitted.decision
        if isinstance(decision, ForeignDecision):
            return Phrase("no_bundle.foreign", {"model": self.primary, "kind": decision.kind_of_estimator})
        if not may_score(self.verdict.kind.value, landmark=self.cohort.landmark is not None):
            return Phrase("no_bundle.landmark")
        return None

    @cached_property
    def kept_estimator(self) -> KeptEstimator | None:
        """The primary model's fitted estimator as a file; None where none is asked for, or a bundle holds it."""
        return kept_estimator(self.primary_model.fitted, self.experiment.experiment)

    def frame(self) -> pd.DataFrame:
        """Return one row a model: id, title, verdict and metrics."""
        import pandas as pd

        rows = [
            {"model": m.id, "title": str(m.title), "verdict": m.verdict.kind.value, **m.metrics} for m in self.models
        ]
        return pd.DataFrame(rows)

    def predictions(self) -> pd.DataFrame:
        """Return one row a model and patient: outcome, out-of-fold probability, its interval, stability."""
        import pandas as pd

        parts = []
        for m in self.models:
            part = pd.DataFrame({"model": m.id, "patient_id": self.cohort.ids, "outcome": self.cohort.outcome})
            part["probability_loo"] = m.loo.probability
            if m.patient_intervals is not None:
                part["interval_lower"] = m.patient_intervals.lower
                part["interval_upper"] = m.patient_intervals.upper
            if m.stability is not None:
                part["stability_lower"], part["stability_upper"] = m.stability.lower, m.stability.upper
            parts.append(part)
        return pd.concat(parts, ignore_index=True)

    def left_out(self) -> pd.DataFrame:
        """Return one row a patient of the table who is not in the cohort: the id."""
        import pandas as pd

        return pd.DataFrame({"patient_id": list(self.cohort.left_out)}, dtype=str)

    def permutations(self) -> pd.DataFrame:
        """Return one row a labeling and model whose AUC may be told: leave-pair-out AUC, tie breaker, if observed."""
        return _stack({m.id: m.permutation.frame() for m in self.models if m.permutation is not None and m.has_auc})

    def stabilities(self) -> pd.DataFrame:
        """Return one row a model and patient: band of bootstrap refits and instability."""
        stable = {m.id: m.stability.frame() for m in self.models if m.stability}
        return _stack({model: frame.assign(patient_id=list(self.cohort.ids)) for model, frame in stable.items()})

    def attributions(self) -> pd.DataFrame:
        """Return one row a model, patient and feature: out-of-fold Shapley value on the logit scale."""
        return _stack({m.id: m.attributions.frame() for m in self.models if m.attributions is not None})

    def explanation(self, model: str = "", *, language: str | None = None) -> shap.Explanation:
        """Return out-of-fold Shapley values, in logits, for the plots and tools of shap.

        Parameters
        ----------
        model : str, optional
            Id of the model; the primary one by default.
        language : str, optional
            Of the features' names: ``en`` or ``zh``; by default they are named as in ``shap.csv``.

        Returns
        -------
        shap.Explanation
            Of the patients that could be explained: ``values`` and ``data`` of shape (n, k), ``base_values`` of shape
            (n,), names of features and patients.

        Raises
        ------
        KeyError
            If the experiment did not try the model.
        UsageError
            If the model cannot be estimated, so that there is nothing to explain.
        """
        found, table = self.model(model or self.primary), self.attributions()
        verdict = found.verdict.kind
        if self.ensemble is not None and verdict is VerdictKind.BEATS_CHANCE:
            verdict = self.ensemble.verdict.kind
        return OutOfFoldExplanation.from_table(
            table[table["model"] == found.id],
            dict(zip(self.cohort.ids, self.cohort.outcome.tolist(), strict=True)),
            lambda name: label_of_feature(self.cohort.study, self.table.spec, name),
            experiment=self.name,
            model=found.id,
            verdict=verdict.value,
        ).to_shap(language)

    def borrowed(self) -> pd.DataFrame:
        """Return one row a weight of what is borrowed and patient: out-of-fold probability and credible interval."""
        found = next((m.borrowing for m in self.models if m.borrowing is not None), None)
        if found is None:
            return _stack({})
        table = found.frame()
        return table.assign(patient_id=[self.cohort.ids[at] for at in table.pop("patient")])

    def coefficients(self) -> pd.DataFrame:
        """Return one row a Firth or FLAC model and coefficient: log odds per SD, profile limits, chi-square and p."""
        return _stack({m.id: m.coefficients.frame() for m in self.models if m.coefficients is not None})

    def to_json(self) -> dict[str, Any]:
        """Return the whole result as JSON types, without patient-level values, and without the ids of patients."""
        return {
            "schema": SCHEMA,
            "name": self.name,
            "title": self.experiment.experiment.title.to_json(),
            "study": self.cohort.study.id,
            "illustration": self.cohort.illustration and self.cohort.illustration.to_json(),
            "verdict": self.verdict.to_json(),
            "answer": self.answer.to_json(),
            **({"ensemble": self.ensemble.to_json()} if self.ensemble is not None else {}),
            "primary": self.primary,
            **({"no_bundle": self.no_bundle.to_json()} if self.no_bundle is not None else {}),
            "cohort": without_ids(self.cohort.to_json(), self.cohort.everybody),
            "features": list(self.table.feature_table.names),
            "models": [m.to_json() for m in self.models],
            "familywise": self.familywise.to_json(),
            "comparisons": [one.to_json() for one in self.comparisons],
            "subgroups": [one.to_json() for one in self.subgroups],
            **({"screen": self.screen.to_json()} if self.screen is not None else {}),
            **({"evidence": self.evidence.to_json()} if self.evidence else {}),
            "hypotheses": [h.to_json() for h in self.hypotheses],
            **without_ids(self.findings.to_json(), self.cohort.everybody),
            "failed_gates": [gate.to_json() for gate in self.failed_gates],
            "experiment": self.experiment.to_json(),
            "provenance": dict(self.provenance),
        }


def _stack(parts: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return frames below one another with a first column that names the model."""
    import pandas as pd

    if not parts:
        return pd.DataFrame({"model": []})
    named = [frame.assign(model=name)[["model", *frame.columns]] for name, frame in parts.items()]
    return pd.concat(named, ignore_index=True)
