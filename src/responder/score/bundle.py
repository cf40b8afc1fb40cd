"""What a bundle holds: everything that scoring a patient needs, as data."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np

from responder.arrays import FloatArray
from responder.features.spec import FOLD_MARGIN_SD
from responder.models.fitted import FittedPipeline
from responder.names import fold_name
from responder.score.applicability import ApplicabilityReference
from responder.score.ensemble import RefitEnsemble
from responder.score.interval import NextPatient
from responder.study.carried import Carried
from responder.study.criteria import Criteria
from responder.study.encode import TraitCode
from responder.study.placing import TraitNames
from responder.validate.conformal import ConformalLimits
from responder.words import Given, Phrase, from_json, plain

if TYPE_CHECKING:
    from responder.study.model import Trait

__all__ = [
    "Bundle",
    "BundleProvenance",
    "BundleStanding",
    "BundleStudy",
    "ModelIdentity",
    "TraitSheet",
    "row_digests",
]

Words = Phrase | Given
"""What the program says itself, or what it was given."""
ByLanguage = Mapping[str, str]
"""The same words by language: ``{"en": ..., "zh": ...}``."""

BEATS_CHANCE = "beats_chance"
WORDS_OF_STANDING = ("statement", "illustration", "known_only")


@dataclass(frozen=True)
class BundleStudy:
    """The study that the bundle belongs to.

    Attributes
    ----------
    id : str
        The study.
    title, intervention, endpoint : Mapping[str, str]
        Words by language; `endpoint` is what counts as response.
    endpoint_name : str
        Name of the endpoint in the study.
    id_names : tuple of str
        Keys of a profile that name the patient.
    other_names : tuple of str
        Other columns of the study, by name and alias: known, but not used by this model.
    groups : Mapping[str, Mapping[str, str]]
        Group of traits to its words.
    """

    id: str
    title: ByLanguage
    intervention: ByLanguage
    endpoint: ByLanguage
    endpoint_name: str
    id_names: tuple[str, ...] = ("patient_id",)
    other_names: tuple[str, ...] = ()
    groups: Mapping[str, ByLanguage] = field(default_factory=dict)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> BundleStudy:
        """Rebuild from JSON types."""
        names = {key: tuple(content[key]) for key in ("id_names", "other_names")}
        return cls(**{**content, **names})


@dataclass(frozen=True)
class TraitSheet:
    """One trait that the model uses: how it is written, and how a form asks for it.

    Attributes
    ----------
    code : TraitCode
        How it becomes numbers.
    level_labels : Mapping[str, Mapping[str, str]]
        Level to its words.
    measuring_error_fraction : float, optional
        Relative measuring error, one SD, where it is declared.
    """

    code: TraitCode
    level_labels: Mapping[str, ByLanguage] = field(default_factory=dict)
    measuring_error_fraction: float | None = None

    @property
    def name(self) -> str:
        """The trait."""
        return self.code.name

    @property
    def words(self) -> Given:
        """The trait's label; its name where it has none."""
        return Given({"en": self.code.name, **{code: label for code, label in self.code.labels.items() if label}})

    def label(self, language: str) -> str:
        """Return the trait's label in a language."""
        return self.words.in_language(language)

    def level_label(self, level: str, language: str) -> str:
        """Return a level's label in a language."""
        return Given(self.level_labels.get(level, {})).in_language(language) or level.replace("_", " ")

    @classmethod
    def of(cls, trait: Trait) -> TraitSheet:
        """Take the sheet of a study's trait."""
        labels = {level.name: level.label.by_language for level in trait.levels if level.label is not None}
        return cls(trait.code.compiled(), labels, trait.measuring_error_fraction)

    def to_json(self) -> dict[str, Any]:
        """Return the sheet as JSON types."""
        return {
            "code": self.code.to_json(),
            "level_labels": {level: dict(words) for level, words in self.level_labels.items()},
            "measuring_error_fraction": self.measuring_error_fraction,
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> TraitSheet:
        """Rebuild from `to_json`; in bundles of before, the sheet has the aliases and not the code."""
        error = content["measuring_error_fraction"]
        aliases = {"aliases": content["aliases"]} if "aliases" in content else {}
        return cls(
            TraitCode.from_json({**aliases, **content["code"]}),
            dict(content["level_labels"]),
            None if error is None else float(error),
        )


@dataclass(frozen=True)
class ModelIdentity:
    """Which model it is: its id in experiments and its title."""

    id: str
    title: Words

    def to_json(self) -> dict[str, Any]:
        """Return id and title as JSON types."""
        return {"id": self.id, "title": self.title.to_json()}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> ModelIdentity:
        """Rebuild from `to_json`; bundles of before have the title as text, a language a member."""
        return cls(content["id"], _words(content, "title"))


@dataclass(frozen=True)
class BundleStanding:
    """What validation says of the model: shown with every score.

    Attributes
    ----------
    kind : str
        ``beats_chance``, ``not_shown_to_beat_chance`` or ``cannot_be_estimated``.
    statement : Phrase or Given
        The verdict in words.
    n, responders : int
        Training patients, and those who responded.
    prevalence_lower, prevalence_upper : float
        Exact 95% interval of responders / n.
    lpo_auc, lpo_auc_lower, lpo_auc_upper : float, optional
        Leave-pair-out AUC with its interval; None where it cannot be estimated.
    interval_method : str
        Of the AUC's interval.
    interval_coverage : float, optional
        Its simulated coverage for this n and class split.
    permutation_p, permutation_p_maxt, smallest_attainable_p : float, optional
        Of this model alone; adjusted for all that were tried; the smallest p that these patients allow.
    brier_skill_loo : float, optional
        Leave-one-out Brier skill against the prevalence.
    illustration : Phrase or Given, optional
        What the training values rest on where they were not observed.
    known_only : Phrase or Given, optional
        Of a landmark model: when its values are known, and of whom; None where that is before treatment.
    """

    kind: str
    statement: Words
    n: int
    responders: int
    prevalence_lower: float
    prevalence_upper: float
    lpo_auc: float | None = None
    lpo_auc_lower: float | None = None
    lpo_auc_upper: float | None = None
    interval_method: str = ""
    interval_coverage: float | None = None
    permutation_p: float | None = None
    permutation_p_maxt: float | None = None
    smallest_attainable_p: float | None = None
    brier_skill_loo: float | None = None
    illustration: Words | None = None
    known_only: Words | None = None

    @property
    def beats_chance(self) -> bool:
        """Whether the model was shown to beat chance."""
        return self.kind == BEATS_CHANCE

    @property
    def prevalence(self) -> float:
        """Share of responders in the training cohort."""
        return self.responders / self.n

    def in_language(self, language: str) -> str:
        """Return the verdict in words."""
        return self.statement.in_language(language)

    def illustration_in(self, language: str) -> str:
        """Return what the values rest on in words; empty for observed ones."""
        return "" if self.illustration is None else self.illustration.in_language(language)

    def notes_in(self, language: str) -> list[str]:
        """Return what stands beside the verdict in words: when the values are known, and what they rest on."""
        return [words.in_language(language) for words in (self.known_only, self.illustration) if words is not None]

    def to_json(self) -> dict[str, Any]:
        """Return the standing as JSON types."""
        return {**vars(self), **{name: plain(getattr(self, name)) for name in WORDS_OF_STANDING}}

    def told(self, language: str) -> dict[str, Any]:
        """Return the standing as answers tell it, said in a language."""
        told = {"kind": self.kind, "sentence": self.in_language(language), **vars(self)}
        del told["statement"]
        known_only = "" if self.known_only is None else self.known_only.in_language(language)
        return {**told, "illustration": self.illustration_in(language), "known_only": known_only}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> BundleStanding:
        """Rebuild from `to_json`; bundles of before have sentences, a language a member."""
        before = "sentence" in content
        words = {
            "statement": _words(content, "sentence" if before else "statement"),
            **{name: _words(content, name) if content.get(name) else None for name in ("illustration", "known_only")},
        }
        taken = ("sentence", "illustration", "known_only")
        numbers = {name: value for name, value in content.items() if not name.startswith(taken)}
        return cls(**{**numbers, **words})


def _words(content: Mapping[str, Any], name: str) -> Words:
    """Return the words of a member: as they are, or as bundles of before hold them."""
    found = content[name]
    if isinstance(found, str):
        return Given({"en": found, "zh": content.get(f"{name}_zh", "")})
    words: Words = from_json(found)
    return words


@dataclass(frozen=True)
class BundleProvenance:
    """Where the bundle comes from.

    Attributes
    ----------
    cohort_digest, lock_digest : str
        SHA-256 of the training cohort, and of the locked dependencies.
    code_version : str
        Version of the program, with the commit where it is known.
    seed : int
        Of the run.
    experiment : str
        The experiment file, as the user named it.
    salt : str
        Of the row digests.
    row_digests : tuple of str
        One a training patient; see `row_digests`.
    """

    cohort_digest: str
    code_version: str
    lock_digest: str
    seed: int
    experiment: str = ""
    salt: str = ""
    row_digests: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> BundleProvenance:
        """Rebuild from JSON types."""
        return cls(**{**content, "row_digests": tuple(content["row_digests"])})


@dataclass(frozen=True)
class Bundle:
    """A trained, validated, locked model; whether its parts fit, `responder.score.consistency` says.

    Attributes
    ----------
    name : str
        Of the bundle.
    study : BundleStudy
    traits : tuple of TraitSheet
        The traits it uses; their encoded columns, in order, are those of the pipeline's spec.
    model : ModelIdentity
    pipeline : FittedPipeline
        Fitted on the whole training cohort, n patients.
    background : ndarray, shape (n, k)
        The training patients, standardised, without ids: what Shapley values and neighbours are measured against. Of a
        shareable bundle one row: their means.
    ensemble : RefitEnsemble, optional
        Bootstrap refits, for the band; a shareable bundle has none.
    venn_abers : Mapping[str, ndarray]
        `responder.validate.venn_abers.venn_abers_table` of the out-of-fold logits; empty in a shareable bundle.
    applicability : ApplicabilityReference
    standing : BundleStanding
    provenance : BundleProvenance
    pseudonyms : tuple of str
        Of the training patients, where the user asked for them to be kept.
    carried : Carried
        The other columns that its traits can be computed from, and how.
    conformal : tuple of ConformalLimits
        Between which logits an outcome stays possible, a level each; empty in bundles of before.
    next_patient : NextPatient, optional
        The interval of the next patient; bundles of before have none.
    criteria : Criteria
        Who may enter the study; empty where it declares nothing, and in bundles of before.
    shareable : bool
        Whether the rows of patients, and what reveals them, were left out; see `responder.score.shareable`.
    """

    name: str
    study: BundleStudy
    traits: tuple[TraitSheet, ...]
    model: ModelIdentity
    pipeline: FittedPipeline
    background: FloatArray
    ensemble: RefitEnsemble | None
    venn_abers: Mapping[str, FloatArray]
    applicability: ApplicabilityReference
    standing: BundleStanding
    provenance: BundleProvenance
    pseudonyms: tuple[str, ...] = ()
    carried: Carried = field(default_factory=Carried)
    conformal: tuple[ConformalLimits, ...] = ()
    next_patient: NextPatient | None = None
    criteria: Criteria = field(default_factory=Criteria)
    shareable: bool = False

    @property
    def codes(self) -> tuple[TraitCode, ...]:
        """How each trait becomes numbers."""
        return tuple(sheet.code for sheet in self.traits)

    @cached_property
    def feature_range(self) -> tuple[FloatArray, FloatArray]:
        """The smallest and the largest standardised value of each feature among the training patients, shape (k,)."""
        if not self.shareable:
            return self.background.min(axis=0), self.background.max(axis=0)
        scaling = self.pipeline.features.scaling
        assert scaling.low is not None
        assert scaling.high is not None
        # values are held a margin beyond the range, and the margin is in the SD of the feature
        sd = np.where(scaling.constant[0], 1.0, scaling.sd[0])
        low = (scaling.low[0] - scaling.mean[0]) / sd + FOLD_MARGIN_SD
        high = (scaling.high[0] - scaling.mean[0]) / sd - FOLD_MARGIN_SD
        return np.where(scaling.constant[0], 0.0, low), np.where(scaling.constant[0], 0.0, high)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the encoded columns of a profile."""
        return self.pipeline.features.spec.columns

    @cached_property
    def names(self) -> TraitNames:
        """The names under which the traits are found in a profile or a table."""
        codes = {code.name: code for code in (*self.criteria.codes, *self.carried.codes)}
        beside = [code for name, code in codes.items() if name not in {sheet.name for sheet in self.traits}]
        return TraitNames((*self.codes, *beside), (*self.study.id_names, *self.study.other_names))

    @cached_property
    def id_keys(self) -> frozenset[str]:
        """Folded names that a patient's pseudonym may have in a profile."""
        return frozenset(map(fold_name, self.study.id_names))

    @cached_property
    def other_keys(self) -> frozenset[str]:
        """Folded names of the study's other columns."""
        return frozenset(map(fold_name, self.study.other_names))

    @cached_property
    def _starts(self) -> tuple[int, ...]:
        return tuple(accumulate((len(code.columns) for code in self.codes), initial=0))

    def part(self, index: int) -> slice:
        """Return the encoded columns of the trait at a position."""
        return slice(self._starts[index], self._starts[index + 1])

    def sheet(self, trait: str) -> TraitSheet:
        """Return one trait's sheet by name."""
        return self._sheets[trait]

    @cached_property
    def _sheets(self) -> Mapping[str, TraitSheet]:
        return {sheet.name: sheet for sheet in self.traits}

    def to_json(self) -> dict[str, Any]:
        """Return the content as JSON types."""
        return {
            "name": self.name,
            "study": asdict(self.study),
            "model": self.model.to_json(),
            "standing": self.standing.to_json(),
            "provenance": asdict(self.provenance),
            "traits": [sheet.to_json() for sheet in self.traits],
            "pipeline": self.pipeline.to_json(),
            "applicability": self.applicability.to_json(),
            "venn_abers": {key: np.asarray(steps).tolist() for key, steps in self.venn_abers.items()},
            "conformal": [asdict(limits) for limits in self.conformal],
            "pseudonyms": list(self.pseudonyms),
            "carried": self.carried.to_json(),
            "next_patient": None if self.next_patient is None else self.next_patient.to_json(),
            "criteria": self.criteria.to_json(),
            "background": self.background.tolist(),
            "ensemble": None if self.ensemble is None else self.ensemble.to_json(),
            "shareable": self.shareable,
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Bundle:
        """Rebuild from `to_json`.

        Raises
        ------
        KeyError, TypeError, ValueError
            If the content is not that of a bundle.
        """
        pipeline = FittedPipeline.from_json(content["pipeline"])
        features = pipeline.features
        next_patient = content.get("next_patient")
        return cls(
            name=str(content["name"]),
            study=BundleStudy.from_json(content["study"]),
            traits=tuple(TraitSheet.from_json(sheet) for sheet in content["traits"]),
            model=ModelIdentity.from_json(content["model"]),
            pipeline=pipeline,
            background=np.asarray(content["background"], dtype=float).reshape(-1, len(features.names)),
            ensemble=None
            if content["ensemble"] is None
            else RefitEnsemble.from_json(content["ensemble"], features.spec, features.indicators),
            venn_abers={key: np.asarray(steps, dtype=float) for key, steps in content["venn_abers"].items()},
            applicability=ApplicabilityReference.from_json(content["applicability"]),
            standing=BundleStanding.from_json(content["standing"]),
            provenance=BundleProvenance.from_json(content["provenance"]),
            pseudonyms=tuple(content["pseudonyms"]),
            carried=Carried.from_json(content["carried"]) if "carried" in content else Carried(),
            conformal=tuple(ConformalLimits(**limits) for limits in content.get("conformal", ())),
            next_patient=None if next_patient is None else NextPatient.from_json(next_patient),
            criteria=Criteria.from_json(content["criteria"]) if "criteria" in content else Criteria(),
            shareable=bool(content.get("shareable", False)),
        )


def row_digests(values: FloatArray, columns: Sequence[str], salt: str) -> tuple[str, ...]:
    """Return a salted digest of each patient's baseline values, to recognise the same patient in another cohort.

    Ids play no part: the same pseudonym is given twice, and one patient has several. Values are rounded to 12
    significant digits, so that a detour through a spreadsheet does not matter.

    Parameters
    ----------
    values : ndarray, shape (n, len(columns))
        Encoded values, ``nan`` where missing.
    columns : sequence of str
        Their names.
    salt : str
        Of the bundle.

    Examples
    --------
    >>> one, two = row_digests(np.array([[1.5, np.nan], [1.5 + 1e-15, np.nan]]), ["a", "b"], "salt")
    >>> one == two
    True
    """
    head = "\x1f".join([salt, *columns]).encode()
    digests = []
    for row in values:
        numbers = [float(f"{x:.12g}") + 0.0 for x in row]
        digests.append(hashlib.sha256(head + struct.pack(f"<{len(numbers)}d", *numbers)).hexdigest())
    return tuple(digests)
