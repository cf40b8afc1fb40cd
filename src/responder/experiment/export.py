"""From a result to the bundle that scores new patients: everything it needs, nothing that executes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from responder.experiment.kept_estimator import ESTIMATOR_FILE
from responder.experiment.pipelines import pipeline_for
from responder.experiment.result import ExperimentResult, ModelResult
from responder.models.posterior import NeutralPosterior, columns_looked_at
from responder.score import (
    ApplicabilityReference,
    Bundle,
    BundleProvenance,
    BundleStanding,
    BundleStudy,
    ModelIdentity,
    NextPatient,
    RefitEnsemble,
    TraitSheet,
    affordable_refits,
    row_digests,
)
from responder.score.consistency import require_consistent
from responder.score.storage import BUNDLE_FILE, files_to_write, no_bundle_file, require_bundle_place
from responder.staging import replace_folder
from responder.study.carrying import carried
from responder.validate.conformal import conformal_limits
from responder.validate.patient_interval import patient_coverage
from responder.validate.proportions import clopper_pearson
from responder.validate.venn_abers import venn_abers_table
from responder.words import Phrase

__all__ = ["bundle_of", "bundle_place_files", "export_bundle", "named_patient_level"]

MOST_REFITS = 500


def bundle_of(result: ExperimentResult) -> Bundle:
    """Return the bundle of the primary model.

    Parameters
    ----------
    result : ExperimentResult
        What was found.

    Returns
    -------
    Bundle
        Ready to be written; scoring it equals the fitted pipeline.
    """
    cohort, study, primary = result.cohort, result.cohort.study, result.primary_model
    sheets = tuple(TraitSheet.of(study.trait(name)) for name in cohort.traits)
    used = {name for name in cohort.traits for name in (name, *study.trait(name).aliases)}
    beside = study.eligibility.columns if study.eligibility is not None else ()
    others = [name for trait in (*study.traits, *beside) for name in (trait.name, *trait.aliases) if name not in used]
    estimable = ~np.isnan(primary.loo.logit)
    salt = hashlib.sha256(f"rows of {cohort.digest}".encode()).hexdigest()[:16]
    bundle = Bundle(
        name=result.name,
        study=BundleStudy(
            id=study.id,
            title=study.title.model_dump(),
            intervention=study.intervention.model_dump(),
            endpoint=cohort.endpoint.label.model_dump(),
            endpoint_name=cohort.endpoint.name,
            id_names=(study.id_column, *study.id_aliases),
            other_names=tuple(others),
            groups={name: text.model_dump() for name, text in study.groups.items()},
        ),
        traits=sheets,
        model=ModelIdentity(primary.id, primary.title),
        pipeline=primary.fitted,
        background=primary.fitted.features.transform(cohort.values),
        ensemble=_ensemble(primary),
        venn_abers={
            name: np.asarray(steps)
            for name, steps in venn_abers_table(primary.loo.logit[estimable], cohort.outcome[estimable]).items()
        },
        conformal=tuple(
            conformal_limits(primary.loo.logit[estimable], cohort.outcome[estimable], sets.level)
            for sets in primary.conformal
        ),
        applicability=ApplicabilityReference.fit(
            [sheet.code for sheet in sheets], cohort.columns, cohort.values, primary.fitted.features
        ),
        standing=_standing(result, primary),
        provenance=BundleProvenance(
            cohort_digest=result.provenance["cohort_digest"],
            code_version=result.provenance["code_version"],
            lock_digest=result.provenance["lock_digest"],
            seed=result.experiment.experiment.seed,
            experiment=result.experiment.path.name,
            salt=salt,
            row_digests=row_digests(cohort.values, cohort.columns, salt),
        ),
        pseudonyms=cohort.ids if result.experiment.experiment.output.pseudonyms else (),
        carried=carried(study, cohort.traits),
        next_patient=_next_patient(result, primary),
        criteria=study.criteria.of_use("entry").compiled(),
    )
    require_consistent(bundle)
    return bundle


def export_bundle(result: ExperimentResult, folder: Path) -> Path | None:
    """Write the bundle of the primary model, replacing an older one as a whole, and return its folder.

    Where there is none (see `ExperimentResult.no_bundle`), a file in its place says why.
    """
    require_bundle_place(folder)
    replace_folder(folder, bundle_place_files(result, folder))
    return folder if result.no_bundle is None else None


def bundle_place_files(result: ExperimentResult, folder: Path) -> dict[str, bytes]:
    """Return the files of the bundle that shall be in a folder, or the one that says why there is none."""
    if result.no_bundle is not None:
        kept = result.kept_estimator
        held = {ESTIMATOR_FILE: kept.content} if kept is not None and kept.content else {}
        return no_bundle_file(result.no_bundle, () if kept is None else kept.trusted) | held
    return files_to_write(bundle_of(result), folder)


def named_patient_level(files: Mapping[str, bytes]) -> list[str]:
    """Return what of single patients is named in the files of a bundle; nothing where there is none."""
    named: list[str] = json.loads(files[BUNDLE_FILE])["content"]["patient_level"] if BUNDLE_FILE in files else []
    return named


def _next_patient(result: ExperimentResult, primary: ModelResult) -> NextPatient:
    """Return the interval of the next patient, on the features that the primary model looks at."""
    cohort, features = result.cohort, primary.fitted.features.transform(result.cohort.values)
    model = pipeline_for(result.table, primary.id, result.experiment.experiment).model
    columns = columns_looked_at(model, features.shape[1])
    coverage = patient_coverage(cohort.responders, cohort.n - cohort.responders, len(columns))
    return NextPatient(NeutralPosterior.fit(features, cohort.outcome, columns), coverage)


def _ensemble(primary: ModelResult) -> RefitEnsemble:
    """Return the bootstrap refits behind the band of a score; the first draws of the stability analysis."""
    return RefitEnsemble.of(primary.refits[: affordable_refits(primary.fitted, MOST_REFITS)])


def _standing(result: ExperimentResult, primary: ModelResult) -> BundleStanding:
    cohort = result.cohort
    share = clopper_pearson(cohort.responders, cohort.n)
    # over an ensemble the numbers of one table are no standing: the sentence has the ranges
    numbers = primary.metrics if result.ensemble is None else {}
    interval = primary.intervals[0] if primary.intervals and result.ensemble is None else None
    coverage = interval.coverage.lowest if interval is not None and interval.coverage is not None else None
    return BundleStanding(
        kind=result.verdict.kind.value,
        statement=result.verdict.statement,
        n=cohort.n,
        responders=cohort.responders,
        prevalence_lower=share.lower,
        prevalence_upper=share.upper,
        lpo_auc=numbers.get("lpo_auc"),
        lpo_auc_lower=interval.lower if interval else None,
        lpo_auc_upper=interval.upper if interval else None,
        interval_method=interval.method if interval else "",
        interval_coverage=coverage,
        permutation_p=numbers.get("permutation_p"),
        permutation_p_maxt=numbers.get("permutation_p_maxt"),
        smallest_attainable_p=numbers.get("smallest_attainable_p"),
        brier_skill_loo=numbers.get("brier_skill_loo"),
        illustration=_illustration(result),
        known_only=cohort.study.known_only,
    )


def _illustration(result: ExperimentResult) -> Phrase | None:
    """Return what the training values rest on: another origin than observation, one table of many, or both."""
    rests = result.cohort.illustration
    if result.ensemble is None:
        return rests
    one = Phrase("standing.one_table")
    return Phrase("standing.both", {"rests": rests, "one": one}) if rests else one
