"""An experiment file: which study, cohort, traits and models, validated how. Every value knows its source."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any, Literal

from pydantic import Field, field_serializer, model_validator

from responder.errors import InvalidValueError, did_you_mean, known_names
from responder.experiment.estimators import check_estimators, described_estimators
from responder.models.registry import DEFAULT_MODELS, NOT_POOLED, model_kinds, same_model
from responder.study.landmark import RiseScale
from responder.study.text import Text
from responder.toml_file import StrictModel
from responder.validate.budget import FEWEST_PAIRS
from responder.validate.tuning_space import SPACES
from responder.words import Phrase

__all__ = [
    "BorrowSection",
    "CohortSection",
    "EnsembleSection",
    "Experiment",
    "Gates",
    "LandmarkSection",
    "OtherCohortSection",
    "OwnPrior",
    "PermutationSection",
    "ScreenSection",
]


class CohortSection(StrictModel):
    """Which patients.

    Attributes
    ----------
    path : str
        Table of the cohort; relative to the experiment file.
    where : Mapping[str, str]
        Keep the rows whose raw columns equal these values.
    join : tuple of str
        Further tables, brought to this one by the patients' ids: ``FILE``, ``FILE:KEY`` or ``FILE:KEY=PATTERN``.
    sheet, encoding : str
        Of a workbook, and of a text file; found out where empty.
    strata : str
        Raw column within which labels are exchanged (centre, batch).
    pseudonyms : bool
        Put P01, P02 ... in the place of the patients' ids, in the order of the table; no id is written anywhere.
    """

    path: str
    where: Mapping[str, str] = Field(default_factory=dict)
    join: tuple[str, ...] = ()
    sheet: str = ""
    encoding: str = ""
    endpoint: str = ""
    strata: str = ""
    pseudonyms: bool = False


class ValidationSection(StrictModel):
    """How predictions are validated.

    Attributes
    ----------
    most_pairs : int
        Above this many responder / non-responder pairs, a seeded sample stands for all in leave-pair-out.
    rebalanced_draws : int
        Random drops averaged in the secondary, rebalanced leave-one-out.
    budget_seconds : float
        Nominal computing time a model for leave-pair-out: a costlier one is scored on a seeded sample of the pairs, has
        no tournament, and fewer rebalanced draws. As for the permutation test, no clock is read.
    """

    most_pairs: int = Field(default=20_000, ge=10)
    tournament: bool = True
    rebalanced_draws: int = Field(default=20, ge=0, le=1000)
    budget_seconds: float = Field(default=8.0, gt=0)


class PermutationSection(StrictModel):
    """The permutation test.

    Attributes
    ----------
    most_exact : int
        Largest number of labelings that is enumerated.
    draws : int
        Random labelings otherwise.
    budget_seconds : float
        Nominal computing time a model; costlier ones get fewer labelings or look at fewer pairs. It is computed from
        the number of fits, never from a clock, so that results do not depend on the machine.
    fewest_pairs : int
        Pairs that the statistic of a costly model looks at, if there are so many, whatever the budget.
    """

    most_exact: int = Field(default=20_000, ge=1)
    draws: int = Field(default=999, ge=99)
    side: Literal["greater", "two-sided"] = "greater"
    alpha: float = Field(default=0.05, gt=0, lt=0.5)
    budget_seconds: float = Field(default=8.0, gt=0)
    fewest_pairs: int = Field(default=FEWEST_PAIRS, ge=10)


class BootstrapSection(StrictModel):
    """Stability under resampling the patients."""

    draws: int = Field(default=500, ge=0, le=20_000)


class DecisionSection(StrictModel):
    """Decision curves: thresholds declared beforehand."""

    thresholds: tuple[float, ...] = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)

    @model_validator(mode="after")
    def _between(self) -> DecisionSection:
        if not all(0 < t < 1 for t in self.thresholds):
            raise InvalidValueError("experiment_thresholds")
        return self


class ImputationSection(StrictModel):
    """What stands in the place of missing values, inside every fit.

    Attributes
    ----------
    method : str
        ``median``: the median of the training patients, with missing indicators; ``multiple``: chained regressions fill
        every gap several times, and coefficients are pooled by Rubin's rules.
    draws : int
        Of ``multiple``: how many times.
    """

    method: Literal["median", "multiple"] = "median"
    draws: int = Field(default=20, ge=2, le=100)


class TuningSection(StrictModel):
    """Tuning of a model, nested inside every fit.

    Attributes
    ----------
    models : tuple of str
        Kinds (``ridge``, ``logf``, ``gp``, ``lightgbm``) or models of these kinds (``ridge:1``); empty: none.  What is
        named becomes one model ``KIND:tuned`` whose settings are chosen inside every fit.
    trials : int
        Settings tried in every fit: at most so many of a grid.
    sampler : str
        ``grid`` or ``random``: the same candidates in every fit; ``tpe``: proposed for each fit by Optuna.
    storage : str
        Where the trials of the fit on all patients are kept, so that it can be resumed: a journal file, relative to
        the project, or a database's URL.
    override : bool
        Tune although the cohort is below the threshold (n >= 100 with >= 30 in the smaller class).
    """

    models: tuple[str, ...] = ()
    trials: int = Field(default=8, ge=2, le=200)
    sampler: Literal["grid", "tpe", "random"] = "grid"
    storage: str = ""
    override: bool = False
    inner_folds: int = Field(default=5, ge=2, le=20)


class OwnPrior(StrictModel):
    """What the user knows of one feature.

    Attributes
    ----------
    mean, sd : float
        Of a normal distribution of the log odds per unit of the feature.
    """

    mean: float = Field(allow_inf_nan=False)
    sd: float = Field(gt=0, allow_inf_nan=False)


class OtherCohortSection(StrictModel):
    """Another cohort whose patients are borrowed.

    Attributes
    ----------
    path : str
        Its table; relative to the experiment file.
    weight : float
        Share of its information that counts, declared: less for another disease, drug or endpoint. 0 borrows nothing.
    study, endpoint : str
        What was measured there, and what counted as response; the study at hand where empty, and its first endpoint.
    where : Mapping[str, str]
        Keep the rows whose raw columns equal these values.
    traits : Mapping[str, str]
        Trait of the study at hand to the one of another name there.
    by_overlap : bool
        Whether a marker counts less where the baseline values of the two cohorts overlap less.
    on_treatment : Mapping[str, str]
        Trait of the study at hand to the one there that is the same, measured on treatment.
    on_treatment_weight : float
        By what such values count less; it stands wherever there are some.
    other_people : bool
        Ids that stand in both tables are of different people: a person made sure.
    """

    path: str
    weight: float = Field(ge=0, le=1)
    study: str = ""
    endpoint: str = ""
    where: Mapping[str, str] = Field(default_factory=dict)
    traits: Mapping[str, str] = Field(default_factory=dict)
    by_overlap: bool = True
    on_treatment: Mapping[str, str] = Field(default_factory=dict)
    on_treatment_weight: float = Field(default=0.0, ge=0, le=1)
    other_people: bool = False

    @model_validator(mode="after")
    def _declared(self) -> OtherCohortSection:
        if self.on_treatment and "on_treatment_weight" not in self.model_fields_set:
            raise InvalidValueError("borrow_on_treatment_unweighted", names=list(self.on_treatment))
        return self


class BorrowSection(StrictModel):
    """What the model ``borrow`` takes from other people.

    Attributes
    ----------
    weight : float
        Prior probability that what was borrowed holds for this cohort.
    vague_sd : float
        SD of what is believed otherwise, in log odds per SD of a feature.
    prior : Mapping[str, OwnPrior]
        What is known of each feature; the features without an entry borrow nothing.
    cohort : Mapping[str, OtherCohortSection]
        Other cohorts whose patients are borrowed, by a name for each.
    """

    weight: float = Field(default=0.5, ge=0, le=1)
    vague_sd: float = Field(default=0.5, gt=0, le=10)
    prior: Mapping[str, OwnPrior] = Field(default_factory=dict)
    cohort: Mapping[str, OtherCohortSection] = Field(default_factory=dict)


class EnsembleSection(StrictModel):
    """Every cohort that fits published facts, instead of one that might be taken for data.

    Attributes
    ----------
    facts : str
        Facts file; relative to the experiment file.
    draws : int
        Members: cohorts drawn with equal chance from those that fit.
    columns : Mapping[str, str]
        Cohort column (``rpdai``, ``organs=airway``; a trait in use, or what the endpoint looks at) to what replaces
        it: a variable of the facts, an item (``baseline.airway``) or a condition (``baseline > 9``).
    assign : str
        Who gets whose values. ``shuffled``: at random, for summaries do not say how they go with other traits;
        ``ranked``: people and patients are both sorted by the replaced columns, then by response.
    """

    facts: str
    draws: int = Field(default=50, ge=2, le=10_000)
    columns: Mapping[str, str] = Field(min_length=1)
    assign: Literal["shuffled", "ranked"] = "shuffled"


class LandmarkSection(StrictModel):
    """A landmark analysis: what is known at an early visit on treatment, in those not yet responding by then.

    Attributes
    ----------
    week : float
        The landmark, in weeks since the first dose: a visit that the study's trial schedules.
    rises : tuple of str
        Courses of the study's ``[trial]`` whose rise from baseline is looked at.
    scale : str
        ``log_ratio`` (of the later value over the one at baseline: a fold rise) or ``difference``.
    adjust : tuple of str
        Baseline traits that enter beside the rises.
    """

    week: float = Field(gt=0)
    rises: tuple[str, ...] = Field(min_length=1)
    scale: RiseScale = "log_ratio"
    adjust: tuple[str, ...] = ()


class ScreenSection(StrictModel):
    """A screen of single markers: every feature alone by its rank AUC, adjusted for all of them by step-down max-T.

    Attributes
    ----------
    most_exact : int
        Largest number of labelings that is enumerated: more than for models, since nothing is fitted.
    draws : int
        Random labelings otherwise.
    """

    most_exact: int = Field(default=200_000, ge=1)
    draws: int = Field(default=9_999, ge=99)


class Gates(StrictModel):
    """Conditions that must hold for exit code 0; unset: no condition."""

    lpo_auc_at_least: float | None = None
    permutation_p_at_most: float | None = None
    brier_skill_at_least: float | None = None


class TrackingSection(StrictModel):
    """Where the run is logged.

    Attributes
    ----------
    artifacts : str
        Folder or address where new MLflow experiments keep files: for a database that several machines reach, one that
        they share.
    """

    enabled: bool = True
    experiment: str = ""
    uri: str = ""
    artifacts: str = ""


class OutputSection(StrictModel):
    """Where results and the bundle are written, relative to the project.

    Attributes
    ----------
    pseudonyms : bool
        Keep the training patients' pseudonyms in the bundle, so that the most alike patients can be named.
    """

    runs: str = "runs"
    bundle: str = ""
    pseudonyms: bool = False


class Experiment(StrictModel):
    """One experiment, as its TOML file says.

    Attributes
    ----------
    traits, features : tuple of str
        Baseline traits in use, by default all of the study that the table has; and the features kept of those that
        they allow (all by default).
    models : tuple of str
        Names of the registry; ``prevalence`` is mandatory.
    primary : str
        The model named beforehand; its verdict leads, and the bundle holds it.
    predictors : str
        File of published predictors with which hypotheses are compared; relative to the experiment file.
    settings : Mapping
        Fixed settings by model kind or name.
    estimators : Mapping
        Estimators of scikit-learn's interface by name, which `models` names ``sklearn:NAME``: a table with ``class``
        and its settings, or in Python an object. ``allow`` names the packages that classes may come from;
        ``keep`` keeps a fitted primary one that no bundle can hold (`responder.experiment.kept_estimator`).
    """

    schema_: Literal["responder/experiment/1"] = Field(alias="schema")
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")
    title: Text = Text(en="")
    note: str = ""
    study: str
    seed: int = Field(default=2025, ge=0, lt=2**32)
    cohort: CohortSection
    traits: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    models: tuple[str, ...] = DEFAULT_MODELS
    primary: str = ""
    predictors: str = ""
    settings: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict)
    estimators: Mapping[str, Any] = Field(default_factory=dict)
    validation: ValidationSection = ValidationSection()
    permutation: PermutationSection = PermutationSection()
    bootstrap: BootstrapSection = BootstrapSection()
    decision: DecisionSection = DecisionSection()
    imputation: ImputationSection = ImputationSection()
    tuning: TuningSection = TuningSection()
    borrow: BorrowSection = BorrowSection()
    ensemble: EnsembleSection | None = None
    landmark: LandmarkSection | None = None
    screen: ScreenSection | None = None
    gates: Gates = Gates()
    tracking: TrackingSection = TrackingSection()
    output: OutputSection = OutputSection()

    @model_validator(mode="after")
    def _consistent(self) -> Experiment:
        for one, other in combinations(self.models, 2):
            if same_model(one, other):
                raise InvalidValueError("experiment_same_model", one=one, other=other)
        if "prevalence" not in self.models:
            raise InvalidValueError("experiment_no_prevalence")
        if len(self.models) < 2:
            raise InvalidValueError("experiment_only_prevalence")
        if self.primary and self.primary not in self.models:
            near = did_you_mean(self.primary, self.models) or Phrase("hint.add_to_models")
            raise InvalidValueError("experiment_primary_no_model", name=self.primary, near=near)
        if self.primary == "prevalence":
            raise InvalidValueError("experiment_primary_prevalence")
        for name in self.settings:
            if name.partition(":")[0] not in model_kinds():
                near = did_you_mean(name, model_kinds()) or known_names(model_kinds())
                raise InvalidValueError("experiment_settings_of_no_model", name=name, near=near)
        check_estimators(self.estimators, self.models)
        for name in self.tuning.models:
            if name.partition(":")[0] not in SPACES:
                raise InvalidValueError("experiment_not_tunable", name=name, kinds=list(SPACES))
            if all(name not in (m, m.partition(":")[0]) for m in self.models):
                raise InvalidValueError("experiment_tunes_no_model", name=name)
        if self.imputation.method == "multiple":
            unpooled = [name for name in self.models if name.partition(":")[0] in NOT_POOLED]
            if unpooled:
                raise InvalidValueError("experiment_not_pooled", names=unpooled)
            if self.tuning.models:
                raise InvalidValueError("experiment_imputed_and_tuned", names=list(self.tuning.models))
        if self.ensemble is not None and not self.primary:
            raise InvalidValueError("experiment_ensemble_needs_primary")
        if self.landmark is not None:
            cohort = self.cohort
            beside = {
                "traits": self.traits,
                "ensemble": self.ensemble,
                **{f"cohort.{key}": getattr(cohort, key) for key in ("join", "sheet", "encoding", "strata")},
            }
            for key, value in beside.items():
                if value:
                    raise InvalidValueError("experiment_not_at_landmark", key=key)
        return self

    @field_serializer("estimators")
    def _described(self, estimators: Mapping[str, Any]) -> dict[str, Any]:
        return described_estimators(estimators)

    def pipeline_id(self, model: str) -> str:
        """Return how results name one of `models`: ``KIND:tuned`` where it is tuned inside every fit."""
        kind = model.partition(":")[0]
        return f"{kind}:tuned" if {model, kind} & set(self.tuning.models) else model

    @property
    def pipeline_ids(self) -> tuple[str, ...]:
        """What is fitted, in the order of `models`; models of one kind that are tuned are one."""
        return tuple(dict.fromkeys(self.pipeline_id(model) for model in self.models))

    @property
    def primary_model(self) -> str:
        """What was named beforehand as the one to be believed or not: `primary`, or the first but the baseline."""
        return self.pipeline_id(self.primary or next(m for m in self.models if m != "prevalence"))
