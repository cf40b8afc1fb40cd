# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # From a table to an explanation
#
# Nine women with refractory relapsing polychondritis received low-dose interleukin-2; six reached complete response.
# This notebook walks from their baseline table to what carries the prediction, and to how far that may be believed.
#
# **Illustrative.** No patient's values were published. The table is reconstructed from published summaries where they
# determine it and simulated where they do not; `data/rp_ld_il2/README.md` says which is which.

# %%
import pandas as pd

import responder as rp

table = pd.read_csv("data/rp_ld_il2/cohort.csv")
baseline = ["organs", "disease_duration_years", "prednisone_mg_per_day", "rpdai", "treg_per_ul", "tcon_per_ul"]
table[["patient_id", *baseline, "rpdai_week12"]]

# %% [markdown]
# ## One question
#
# `train` needs the table, a study that says what its columns are (`rp-ld-il2` ships with the package), the baseline
# traits, a few models and the one that is named beforehand: its verdict leads. The first screen of the result is the
# answer.

# %%
simulated = {"treg_per_ul", "tcon_per_ul"}
result = rp.train(
    table,
    "rp-ld-il2",
    models=["ridge:0.1", "firth", "gp", "lightgbm"],
    primary="ridge:0.1",
    traits=baseline,
    provenance={name: "simulated" if name in simulated else "reconstructed" for name in [*baseline, "rpdai_week12"]},
    predictors="data/rp_ld_il2/predictors.toml",
    settings={"bootstrap.draws": 200},
    title="RP on low-dose IL-2: who reaches RPDAI 0 at week 12?",
)
result

# %% [markdown]
# ## What was measured, and what stands against it
#
# Every check reports. A finding has a code, and a section of that name in `docs/findings.md`.

# %%
for finding in result.result.cohort.findings:
    print(f"{finding.code} {finding.severity}: {finding.message}")

# %% [markdown]
# ## From traits to features
#
# Logarithms, ratios and the Treg deficit look at one patient at a time. Medians, means and standard deviations are
# learned inside every fold, never from the patient who is predicted.

# %%
features = result.result.table.spec
pd.DataFrame(
    {"feature": features.feature_names(), "group": features.groups_of_features()},
    index=[", ".join(traits) for traits in features.traits_of_features()],
)

# %% [markdown]
# ## The verdict comes first
#
# The headline is the leave-pair-out AUC; its p comes from refitting everything under each of the 84 ways in which three
# of nine patients could have been the non-responders.

# %%
print(result.verdict.statement)

# %%
columns = ["model", "lpo_auc", "permutation_p", "permutation_p_maxt", "smallest_attainable_p", "brier_skill_loo"]
result.models[columns].round(3)

# %% [markdown]
# ## What carries the prediction
#
# Each patient is explained by the model that did not see that patient: exact Shapley values, in logits. Where the model
# is not shown to beat chance, this is a description of the model and no finding about patients.

# %%
result.markers[["label", "unit", "group", "mean_absolute", "direction"]].round(3)

# %% [markdown]
# The same, drawn. Every figure of the report has a name; `result.figures` lists them.

# %%
result.figure("markers")

# %% [markdown]
# ## How far the ranking may be believed
#
# The same ranking over bootstrap refits of the whole pipeline. A marker that "ranks first" does so in some share of the
# cohorts that could have been.

# %%
result.result.primary_model.ranks.frame().round(2)

# %% [markdown]
# ## What the experts expected
#
# Hypotheses are tested one by one, with exact p values adjusted for their number; H4 needs values on treatment and
# cannot be tested at baseline.

# %%
for hypothesis in result.result.hypotheses:
    print(f"{hypothesis.id}: {hypothesis.statement}")

# %% [markdown]
# ## The next patient
#
# A model that was not shown to beat chance scores nobody: it abstains, and says why.

# %%
score = result.scorer().score({"organs": ["ear_nose"], "rpdai": 9, "treg_per_ul": 22, "tcon_per_ul": 550})
print(score.decision, *(reason.statement for reason in score.reasons), sep="\n")

# %% [markdown]
# ## A table of your own
#
# Where no study ships, the table says what it can of itself: kinds, levels and units are read from its cells and names.
# What those leave open is an error that names the argument to give. Such a study takes the place of `rp-ld-il2` above.

# %%
study = rp.Study.from_frame(table, outcome="rpdai_week12", baseline=baseline, response="== 0", title="A cohort of mine")
pd.DataFrame(
    [(t.name, str(t.kind), t.unit) for t in study.traits if t.name in baseline], columns=["trait", "kind", "unit"]
)
