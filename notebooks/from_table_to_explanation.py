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
from pathlib import Path

from responder.experiment import resolve_experiment, run_experiment

experiment = resolve_experiment(Path("experiments/rp_ld_il2.toml"), settings=["bootstrap.draws=200"])
result = run_experiment(experiment)
cohort = result.cohort
print(f"{cohort.n} patients, {cohort.responders} responders: {cohort.endpoint.label.en}")
print(cohort.illustration)

# %% [markdown]
# ## What was measured, and what stands against it
#
# Every check reports. A finding has a code, and a section of that name in `docs/findings.md`.

# %%
for finding in cohort.findings:
    print(f"{finding.code} {finding.severity}: {finding.message}")

# %% [markdown]
# ## From traits to features
#
# Logarithms, ratios and the Treg deficit look at one patient at a time. Medians, means and standard deviations are
# learned inside every fold, never from the patient who is predicted.

# %%
for name, traits, group in zip(
    result.table.spec.feature_names(),
    result.table.spec.traits_of_features(),
    result.table.spec.groups_of_features(),
    strict=True,
):
    print(f"{name:22} {group:9} from {', '.join(traits)}")

# %% [markdown]
# ## The verdict comes first
#
# The headline is the leave-pair-out AUC; its p comes from refitting everything under each of the 84 ways in which three
# of nine patients could have been the non-responders.

# %%
print(result.primary_model.verdict.statement)

# %%
columns = ["model", "lpo_auc", "permutation_p", "permutation_p_maxt", "smallest_attainable_p", "brier_skill_loo"]
print(result.frame()[columns].round(3).to_string(index=False))

# %% [markdown]
# ## What carries the prediction
#
# Each patient is explained by the model that did not see that patient: exact Shapley values, in logits. Where the model
# is not shown to beat chance, this is a description of the model and no finding about patients.

# %%
attributions = result.primary_model.attributions
print(attributions.by_trait().ranking().round(3).to_string(index=False))
print()
print(attributions.by_group().ranking().round(3).to_string(index=False))

# %% [markdown]
# ## How far the ranking may be believed
#
# The same ranking over bootstrap refits of the whole pipeline. A marker that "ranks first" does so in some share of the
# cohorts that could have been.

# %%
print(result.primary_model.ranks.frame().round(2).to_string(index=False))

# %% [markdown]
# ## What the experts expected
#
# Hypotheses are tested one by one, with exact p values adjusted for their number; H4 needs values on treatment and
# cannot be tested at baseline.

# %%
for hypothesis in result.hypotheses:
    print(f"{hypothesis.id}: {hypothesis.statement}")

# %% [markdown]
# ## One figure

# %%
from IPython.display import Image

from responder.report.figures import draw_all
from responder.report.source import ReportInput
from responder.report.style import png_bytes

figures = draw_all(ReportInput.from_result(result), "en")
Image(png_bytes(figures["attributions"]))
