"""What reports, figures and cards are drawn from: the files of one finished run, and nothing else.

A report that is written while the experiment ends and one that is written a year later read the same text, so they
are the same page.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from responder.cohort.ids import with_ids
from responder.cohort.pseudonyms import made_pseudonyms
from responder.errors import ConfigError
from responder.experiment.answer import Answer
from responder.experiment.schema import SCHEMA
from responder.explain.explanation import OutOfFoldExplanation
from responder.explain.out_of_fold import Influence
from responder.features import FeatureSpec, FeatureStep, compile_features, label_of_feature, label_of_traits
from responder.study.model import Endpoint, Study
from responder.study.text import Text
from responder.validate.checks import TUNING_MIN_N, TUNING_MIN_SMALLER_CLASS
from responder.validate.verdict import may_score, percent
from responder.words import Phrase, Spoken, Voice, from_json, say
from responder.words.units import unit_words

if TYPE_CHECKING:
    import pandas as pd

    from responder.experiment.result import ExperimentResult

__all__ = ["ReportInput", "spoken"]

LOGARITHMS = {"log": math.exp, "log1p": math.expm1, "log_ratio": math.exp}
WITH_UNIT = frozenset({"identity", "log", "log1p"})
LONG_NUMBER = 1000
ENSEMBLE, BORROWING, LEFT_OUT, SCREEN = "ensemble.csv", "borrowing.csv", "left_out.csv", "screen.csv"
TRACKED, HOLDS, CHANGED = "tracked.json", "bundle_holds.json", "changed.json"
TABLES = ("characteristics", "predictions", "permutation", "stability", "shap")


def spoken(owner: Any, key: str) -> str | Spoken:
    """Return what a result, or an object, says under a name: a phrase, words by language, or a name."""
    found = owner[key] if isinstance(owner, Mapping) else vars(owner)[key]
    words: str | Spoken = from_json(found)
    return words


@dataclass(frozen=True)
class ReportInput:
    """The content of a run's files.

    Attributes
    ----------
    content : Mapping
        ``result.json``.
    study : Study
        ``study.json``: traits, endpoint and hypotheses as they were when the experiment ran.
    tables : Mapping[str, pandas.DataFrame]
        The CSV tables, by name without ending.
    digest : str
        SHA-256 of ``result.json``: what a card or page belongs to.
    tracked : Mapping[str, str]
        ``tracked.json``: ``run_id`` and ``url`` of the MLflow run; empty where the run was not tracked.
    holds : tuple of str
        ``bundle_holds.json``: what of single patients the run's bundle holds, as codes of
        `responder.score.holdings.patient_level`; empty where there is no bundle.
    changed : tuple of Mapping
        ``changed.json``: what of the plan was changed after it was first stamped, each with ``key``, ``before`` and
        ``after``; empty where nothing was, or where the plan was never stamped.
    """

    content: Mapping[str, Any]
    study: Study
    tables: Mapping[str, pd.DataFrame]
    digest: str
    tracked: Mapping[str, str] = field(default_factory=dict)
    holds: tuple[str, ...] = ()
    changed: tuple[Mapping[str, str], ...] = ()

    @classmethod
    def from_result(
        cls,
        result: ExperimentResult,
        tracked: Mapping[str, str] | None = None,
    ) -> ReportInput:
        """Read what `result` would write to its folder."""
        from responder.experiment.write import result_files

        return cls.from_files({**result_files(result), TRACKED: json.dumps(tracked or {})}, result.name)

    @classmethod
    def from_folder(cls, folder: Path, *, pseudonyms: bool = False) -> ReportInput:
        """Read the folder of a finished run.

        Parameters
        ----------
        folder : Path
            Of the run.
        pseudonyms : bool
            Put P01, P02 ... in the place of the patients' ids.

        Raises
        ------
        ConfigError
            If it holds no complete result that this version can read.
        """
        texts = {}
        for name in ("result.json", "study.json", *(f"{table}.csv" for table in TABLES)):
            path = folder / name
            if not path.is_file():
                raise ConfigError("run_incomplete", where=str(folder), file=name)
            texts[name] = path.read_text(encoding="utf-8")
        for name in (ENSEMBLE, BORROWING, LEFT_OUT, SCREEN, TRACKED, HOLDS, CHANGED):
            if (folder / name).is_file():
                texts[name] = (folder / name).read_text(encoding="utf-8")
        return cls.from_files(texts, str(folder), pseudonyms=pseudonyms)

    @classmethod
    def from_files(cls, texts: Mapping[str, str], where: str, *, pseudonyms: bool = False) -> ReportInput:
        """Read the texts of a run's files, by name; an error says `where` they are. See `from_folder`."""
        import pandas as pd

        try:
            content = json.loads(texts["result.json"])
            schema = content["schema"]
            study = Study.model_validate(json.loads(texts["study.json"]))
            tracked = json.loads(texts.get(TRACKED, "{}"))
            holds = tuple(json.loads(texts.get(HOLDS, "[]")))
            changed = tuple(json.loads(texts.get(CHANGED, "[]")))
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigError("run_unreadable", where=where) from error
        if schema != SCHEMA:
            raise ConfigError("run_of_other_version", where=where, schema=str(schema), known=SCHEMA)
        if any("own_behind" not in model.get("borrowing", {"own_behind": None}) for model in content["models"]):
            raise ConfigError("run_borrowed_before", where=where)
        ids = {"patient_id": str, "model": str, "feature": str, "level": str}
        tables = {
            # ids keep their leading zeros, and a patient called NA stays one
            name: pd.read_csv(io.StringIO(texts[f"{name}.csv"]), dtype=ids, keep_default_na=False, na_values=[""])
            for name in TABLES
        }
        if BORROWING in texts:
            tables["borrowing"] = pd.read_csv(io.StringIO(texts[BORROWING]), dtype=ids, keep_default_na=False)
        if LEFT_OUT in texts:
            tables["left_out"] = pd.read_csv(io.StringIO(texts[LEFT_OUT]), dtype=ids, keep_default_na=False)
        if SCREEN in texts:
            text = {"marker": str}  # a marker called NA stays one
            tables["screen"] = pd.read_csv(
                io.StringIO(texts[SCREEN]), dtype=text, keep_default_na=False, na_values=[""]
            )
        of_patients = [table for table in tables.values() if "patient_id" in table]
        named = [tables[name]["patient_id"] for name in ("predictions", "left_out") if name in tables]
        people = {patient: str(patient) for column in named for patient in column}
        if pseudonyms:
            people = made_pseudonyms(people)
            for table in of_patients:
                table["patient_id"] = table["patient_id"].map(people)
        content["findings"] = with_ids(content["findings"], [*people.values()])
        if ENSEMBLE in texts:
            tables["ensemble"] = pd.read_csv(io.StringIO(texts[ENSEMBLE]))
        digest = hashlib.sha256(texts["result.json"].encode()).hexdigest()
        return cls(content, study, tables, digest, tracked, holds, changed)

    @property
    def evidence(self) -> Mapping[str, Any] | None:
        """What others measured of the features in use; None where the experiment names no published predictor."""
        found: Mapping[str, Any] | None = self.content.get("evidence")
        return found

    @property
    def borrowing(self) -> Mapping[str, Any] | None:
        """What borrowing from other people gained; None where no model borrows, or it cannot be estimated."""
        found = (model.get("borrowing") for model in self.models)
        gained: Mapping[str, Any] | None = next(filter(None, found), None)
        return gained if "borrowing" in self.tables else None

    @property
    def name(self) -> str:
        """Name of the experiment."""
        return str(self.content["name"])

    @property
    def cohort(self) -> Mapping[str, Any]:
        """What is told of the cohort."""
        found: Mapping[str, Any] = self.content["cohort"]
        return found

    @property
    def n(self) -> int:
        """Patients."""
        return int(self.cohort["n"])

    @property
    def responders(self) -> int:
        """Responders."""
        return int(self.cohort["responders"])

    @property
    def smaller_class(self) -> int:
        """Patients in the smaller outcome class."""
        return min(self.responders, self.n - self.responders)

    @property
    def file_name(self) -> str:
        """Name of the cohort's file, without the folders of the machine it lay on."""
        return str(self.cohort["source"]).replace("\\", "/").rsplit("/", 1)[-1]

    @property
    def endpoint(self) -> Endpoint:
        """What counts as response."""
        return next(e for e in self.study.endpoints if e.name == self.cohort["endpoint"])

    @property
    def primary(self) -> str:
        """The model named beforehand."""
        return str(self.content["primary"])

    @property
    def ensemble(self) -> Mapping[str, Any] | None:
        """The range over every cohort that fits published facts; None where the run is about one table alone."""
        found: Mapping[str, Any] | None = self.content.get("ensemble")
        return found

    @property
    def lead(self) -> Mapping[str, Any]:
        """The verdict that every output leads with: over all members where there is an ensemble."""
        found: Mapping[str, Any] = self.content["verdict"]
        return found

    @cached_property
    def answer(self) -> Answer:
        """What every output leads with."""
        return Answer.from_json(self.content["answer"])

    @property
    def models(self) -> list[Mapping[str, Any]]:
        """Every model, in the order of the experiment."""
        return list(self.content["models"])

    @property
    def tuned(self) -> list[Mapping[str, Any]]:
        """Models whose settings were chosen inside every fit, the primary one or not."""
        return [model for model in self.models if model.get("tuning")]

    @property
    def tuned_too_early(self) -> bool:
        """Whether models were tuned below the size from which that is trusted, which an override alone allows."""
        return bool(self.tuned) and (self.n < TUNING_MIN_N or self.smaller_class < TUNING_MIN_SMALLER_CLASS)

    def model(self, id_: str = "") -> Mapping[str, Any]:
        """Return what is known of one model, the primary one by default.

        Raises
        ------
        KeyError
            If the experiment did not try it.
        """
        wanted = id_ or self.primary
        for model in self.models:
            if model["id"] == wanted:
                return model
        raise KeyError(wanted)

    def table(self, name: str, model: str = "") -> pd.DataFrame:
        """Return the rows of a table that belong to one model, the primary one by default."""
        rows = self.tables[name]
        return rows[rows["model"] == (model or self.primary)].reset_index(drop=True)

    def influence(self, model: Mapping[str, Any]) -> list[Influence]:
        """Return the patients without whom a model's order of the traits would be another one, with their names."""
        found = model.get("influence", [])
        ids = self.table("predictions", model["id"])["patient_id"].astype(str) if found else ()
        return [
            Influence(**{**one, "patient": ids[one["patient"]], "order_without": tuple(one["order_without"])})
            for one in found
        ]

    def setting(self, key: str) -> Any:
        """Return the value of a dotted key of the resolved experiment."""
        return self.content["experiment"][key]["value"]

    @property
    def imputed(self) -> int:
        """How many times gaps were imputed in every fold; 0 where medians stood in their place."""
        method = self.content["experiment"].get("imputation.method")  # absent from runs of before
        return int(self.setting("imputation.draws")) if method and method["value"] == "multiple" else 0

    @property
    def alpha(self) -> str:
        """The declared level of the permutation tests, in per cent."""
        return percent(self.setting("permutation.alpha"))

    @property
    def where(self) -> dict[str, str]:
        """The raw columns and values by which rows were chosen."""
        prefix = "cohort.where."
        settings = self.content["experiment"]
        return {key.removeprefix(prefix): item["value"] for key, item in settings.items() if key.startswith(prefix)}

    @property
    def bundle(self) -> str:
        """Where the experiment puts its scoring bundle, as the project knows it."""
        return str(self.setting("output.bundle") or f"models/{self.name}")

    @cached_property
    def spec(self) -> FeatureSpec:
        """The features of the run, with their labels; compiled from the study, nothing is fitted."""
        return compile_features(self.study, self.cohort["traits"], only=tuple(self.setting("features")))

    def feature_label(self, name: str, words: Voice) -> str:
        """Return the label of a feature, a missing indicator or a trait."""
        label = label_of_feature(self.study, self.spec, name)
        return self.trait_label(name, words) if label == name else words.of(label)

    def explanation(self, model: Mapping[str, Any]) -> OutOfFoldExplanation:
        """Return the out-of-fold Shapley values of a model for the shap package.

        Raises
        ------
        UsageError
            If the model cannot be estimated, so that there is nothing to explain.
        """
        predicted, verdict = self.table("predictions", model["id"]), model["verdict"]["kind"]
        if self.ensemble is not None and verdict == "beats_chance":
            verdict = self.lead["kind"]
        return OutOfFoldExplanation.from_table(
            self.table("shap", model["id"]),
            dict(zip(predicted["patient_id"], predicted["outcome"].tolist(), strict=True)),
            lambda name: label_of_feature(self.study, self.spec, name),
            experiment=self.name,
            model=model["id"],
            verdict=verdict,
        )

    def part_label(self, part: Mapping[str, Any], words: Voice) -> str:
        """Return how a part of a hypothesis is called; by its feature in a run of an earlier version."""
        return words.of(spoken(part, "label")) if "label" in part else self.feature_label(part["feature"], words)

    def traits_label(self, name: str, words: Voice) -> str:
        """Return the label of one trait, or of the feature that several are measured for, joined by ``+``."""
        return words.of(label_of_traits(self.study, self.spec, name))

    def plain_label(self, step: FeatureStep, words: Voice) -> str:
        """Return the name that goes with `shown_value`, which undoes a logarithm and names a level."""
        return words.of(step.value_label) or step.name

    def axis_label(self, name: str, words: Voice) -> str:
        """Return the label of a feature as it stands, with its unit where it has that of its trait."""
        label = self.feature_label(name, words)
        for step in self.spec.steps:
            trait = self.study.trait(step.traits[0])
            if step.name == name and step.transform == "identity" and trait.unit and not self.is_yes_no(step):
                return words("with_unit", label=label, unit=unit_words(trait.unit, words.language))
        return label

    def names_of_values(self, name: str, words: Voice) -> tuple[str, ...]:
        """Return what a feature's 0 and 1 mean, of a missing indicator, too; empty for what is measured."""
        for step in self.spec.steps:
            if step.name == name:
                return (
                    tuple(self.shown_value(step, value, words) for value in (0.0, 1.0)) if self.is_yes_no(step) else ()
                )
        return (words("no"), words("yes"))

    def is_yes_no(self, step: FeatureStep) -> bool:
        """Return whether a feature is 0 or 1 for no and yes."""
        binary = self.study.trait(step.traits[0]).kind == "binary" and step.transform == "identity"
        return binary or "=" in step.name or step.transform in {"only", "positive"}

    def shown_value(self, step: FeatureStep, value: float, words: Voice, *, unit: bool = True) -> str:
        """Return a feature's value as a person would write it: level by name, logarithm undone, with the unit."""
        if math.isnan(value):
            return words("missing")
        trait = self.study.trait(step.traits[0])
        if step.transform == "identity" and trait.kind in {"binary", "ordinal"}:
            for index, level in enumerate(trait.levels):
                if value == (float(index) if level.value is None else level.value):
                    return words.of(level.label) if level.label else level.name.replace("_", " ")
        if self.is_yes_no(step):
            return words("yes" if value else "no")
        undone = LOGARITHMS.get(step.transform, float)(value)
        digits = f"{undone:,.0f}" if abs(undone) >= LONG_NUMBER else f"{undone:.3g}"
        behind = unit_words(trait.unit, words.language) if unit and step.transform in WITH_UNIT else ""
        return f"{digits} {behind}".strip()

    def trait_label(self, name: str, words: Voice) -> str:
        """Return the label of a trait; its name where the study has no such trait."""
        known = {trait.name: trait.label for trait in self.study.traits}
        return words.of(known[name]) if name in known else name

    def title(self, words: Voice) -> str:
        """Return the title of the experiment; its name where it has none."""
        given = self.content["title"]
        return words.of(Text.model_validate(given).given) if given else self.name

    def model_title(self, model: Mapping[str, Any], words: Voice) -> str:
        """Return the title of a model."""
        return words.of(spoken(model, "title"))

    @property
    def rests_on(self) -> list[Phrase]:
        """What the values are that nobody observed: reconstructed, simulated."""
        kinds = set(self.cohort["provenance"].values())
        return [Phrase(f"provenance.{kind}") for kind in ("reconstructed", "simulated") if kind in kinds]

    def illustration(self, words: Voice) -> str:
        """Return the sentence that says what the values rest on; empty for observed values."""
        return words("illustration", kinds=self.rests_on) if self.rests_on else ""

    def notes(self, words: Voice) -> list[str]:
        """Return what stands beside the verdict: of a landmark, when its values are known; and what values rest on."""
        known = self.study.known_only
        return [*([] if known is None else [words.of(known)]), *filter(None, [self.illustration(words)])]

    @property
    def no_bundle(self) -> str | Spoken:
        """Why there is no scoring bundle, see `responder.experiment.result.ExperimentResult.no_bundle`; else empty."""
        if "no_bundle" in self.content:
            return spoken(self.content, "no_bundle")
        # runs of before do not say so
        kept = may_score(self.lead["kind"], landmark="landmark" in self.cohort)
        return "" if kept else Phrase("no_bundle.landmark")

    @property
    def landmark_flow(self) -> str | Spoken:
        """How many patients a landmark analysis left out, and why; empty before treatment."""
        return spoken(self.cohort["landmark"], "flow") if "landmark" in self.cohort else ""

    def lead_sentence(self, words: Voice) -> str:
        """Return the sentence that every output leads with."""
        return words.of(spoken(self.lead, "sentence"))

    def sentences(self, model: Mapping[str, Any], words: Voice) -> list[str]:
        """Return what a model's numbers must be read with: its verdict; over an ensemble, the range before it."""
        own = self.verdict(model, words)
        return [own] if self.ensemble is None else [self.lead_sentence(words), words("ensemble.alone", verdict=own)]

    def verdict(self, model: Mapping[str, Any], words: Voice) -> str:
        """Return the sentence on one model, from the given table alone."""
        return words.of(spoken(model["verdict"], "sentence"))

    def told(self, found: Mapping[str, Any], part: str, words: Voice) -> str:
        """Return the title, message, hint or place of a finding or check; without the folders of the machine."""
        text = words.of(from_json(found[part]))
        return text.replace(str(self.cohort["source"]), self.file_name)

    def finding(self, found: Mapping[str, Any], words: Voice) -> str:
        """Return the code and message of a finding."""
        return words.of(Phrase("finding.coded", {"code": found["code"], "message": self.told(found, "message", words)}))

    @staticmethod
    def published(found: Mapping[str, Any], words: Voice) -> str:
        """Return what is published of an expected feature."""
        known = [words.of(from_json(one)) for one in found["published"]]
        return say("list.wide_separator", words.language).join(known)

    @staticmethod
    def auc(model: Mapping[str, Any]) -> float | None:
        """Return a model's leave-pair-out AUC; None where its verdict is that nothing can be estimated."""
        if model["verdict"]["kind"] == "cannot_be_estimated" and not model["is_baseline"]:
            return None
        found: float | None = model["metrics"].get("lpo_auc")
        return found

    def interval(self, model: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return the calibrated interval of a model's AUC; None where it has none."""
        return model["intervals"][0] if model["intervals"] and self.auc(model) is not None else None

    def beats_chance(self, model: Mapping[str, Any]) -> bool:
        """Return whether a model was shown to beat chance: in one table of many that fit is not enough."""
        shown = {model["verdict"]["kind"], *([self.lead["kind"]] if self.ensemble is not None else [])}
        return shown == {"beats_chance"}
