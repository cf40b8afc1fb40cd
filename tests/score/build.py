"""Build bundles as the training command does: refit, validate, gather."""

from functools import lru_cache
from pathlib import Path

import numpy as np

from responder.cohort import load_cohort
from responder.features import compile_features
from responder.models import build_model
from responder.models.posterior import NeutralPosterior, columns_looked_at
from responder.models.prior import BorrowedPrior
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
    row_digests,
)
from responder.study import load_study
from responder.validate.conformal import conformal_limits
from responder.validate.loo import leave_one_out_predictions
from responder.validate.patient_interval import patient_coverage
from responder.validate.proportions import clopper_pearson
from responder.validate.refit import ModelPipeline, Table
from responder.validate.splits import stratified_bootstrap
from responder.validate.venn_abers import venn_abers_table
from responder.words import Given

ROOT = Path(__file__).resolve().parents[2]
BORROWED = BorrowedPrior(("rpdai_baseline", "log_treg"), np.array([-0.1, 0.5]), np.diag([0.01, 0.25]), 0.5, 0.5)
TRAITS = ("organs", "disease_duration_years", "prednisone_mg_per_day", "rpdai", "treg_per_ul", "tcon_per_ul")


@lru_cache
def cohort():
    return load_cohort(str(ROOT / "data/rp_ld_il2/cohort.csv"), load_study("rp-ld-il2"), traits=list(TRAITS))


@lru_cache
def synthetic(n=40, gaps=True, seed=0):
    """Values and outcome of a larger cohort with the reference study's traits, some of them missing."""
    rng = np.random.default_rng(seed)
    airway = rng.random(n) < 0.4
    values = np.column_stack(
        [
            (~airway | (rng.random(n) < 0.3)).astype(float),
            airway.astype(float),
            *(rng.random((3, n)) < 0.15).astype(float),
            np.round(np.exp(rng.normal(0.7, 0.6, n)), 1) + 0.1,
            np.round(np.maximum(0, rng.normal(15, 6, n)), 1),
            np.round(9 + 14 * airway + rng.integers(0, 5, n)),
            np.round(np.exp(rng.normal(3.1, 0.4, n)), 2),
            np.round(np.exp(rng.normal(6.3, 0.3, n)), 1),
        ]
    )
    outcome = (rng.random(n) < 1 / (1 + np.exp(-1.5 + 3 * airway))).astype(int)
    if gaps:
        values[rng.integers(0, n, 3), 5] = np.nan
        values[rng.integers(0, n, 3), 8] = np.nan
        values[0, :5] = np.nan
    return values, outcome


@lru_cache
def make_bundle(model="ridge:1", *, kind="beats_chance", small=False, gaps=True, refits=50, n=40, traits=TRAITS):
    study = load_study("rp-ld-il2")
    spec = compile_features(study, traits)
    values, outcome = (cohort().values, cohort().outcome) if small else synthetic(n, gaps)
    columns = [c for t in TRAITS for c in study.trait(t).code.columns]
    values = values[:, [columns.index(c) for c in spec.columns]]
    expected = {"organs=airway": -0.5}
    table = Table(spec, values, expected, borrowed=BORROWED)
    pipeline = ModelPipeline(table, build_model(model, table.feature_table))
    fitted = pipeline.fit(outcome)
    counts = stratified_bootstrap(outcome, refits, np.random.default_rng(1))
    ensemble = RefitEnsemble.of([pipeline.fit(outcome, weight) for weight in counts])
    loo = leave_one_out_predictions(pipeline, outcome)
    columns = columns_looked_at(pipeline.model, len(table.feature_table.names))
    responders = int(outcome.sum())
    sheets = tuple(TraitSheet.of(study.trait(name)) for name in traits)
    codes = [sheet.code for sheet in sheets]
    share = clopper_pearson(int(outcome.sum()), len(outcome))
    used = {name for trait in sheets for name in (trait.name, *trait.code.aliases)}
    others = [name for trait in study.traits for name in (trait.name, *trait.aliases) if name not in used]
    return Bundle(
        name="test",
        study=BundleStudy(
            study.id,
            study.title.model_dump(),
            study.intervention.model_dump(),
            study.endpoint.label.model_dump(),
            study.endpoint.name,
            (study.id_column, *study.id_aliases),
            tuple(others),
            {name: text.model_dump() for name, text in study.groups.items()},
        ),
        traits=sheets,
        model=ModelIdentity(model, pipeline.model.title),
        pipeline=fitted,
        background=fitted.features.transform(values),
        ensemble=ensemble,
        venn_abers={k: np.asarray(v) for k, v in venn_abers_table(loo.logit, outcome).items()},
        conformal=tuple(conformal_limits(loo.logit, outcome, level) for level in (0.8, 0.9)),
        applicability=ApplicabilityReference.fit(codes, spec.columns, values, fitted.features),
        standing=BundleStanding(
            kind,
            Given({"en": "A sentence of the test.", "zh": "测试用句。"}),
            len(outcome),
            int(outcome.sum()),
            share.lower,
            share.upper,
            0.8,
            0.6,
            0.9,
            "newcombe-5",
            0.9,
            0.01,
            0.02,
            1 / 84,
            0.1,
            Given({"en": str(cohort().illustration), "zh": "示例"}) if small else None,
        ),
        provenance=BundleProvenance(
            "0" * 64, "0.1.0", "1" * 64, 7, "experiments/test.toml", "salt", row_digests(values, spec.columns, "salt")
        ),
        next_patient=NextPatient(
            NeutralPosterior.fit(fitted.features.transform(values), outcome, columns),
            patient_coverage(responders, len(outcome) - responders, len(columns)),
        ),
    )
