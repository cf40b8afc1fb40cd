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
# # Reading a report
#
# `responder train` ends with `report.html`. This notebook takes the report of the reference cohort apart, in the order
# in which its page is read, and says of each part what it can tell and what it cannot.
#
# **Illustrative.** The cohort is reconstructed from published summaries and simulated where these say nothing.

# %%
from pathlib import Path

from IPython.display import Image

from responder.experiment import resolve_experiment, run_experiment
from responder.report import ReportInput
from responder.report.figures import draw_all
from responder.report.style import png_bytes
from responder.words import Voice

settings = ["bootstrap.draws=200", 'models=["prevalence", "ridge:0.1", "firth", "single:organs"]']
result = run_experiment(resolve_experiment(Path("experiments/rp_ld_il2.toml"), settings=settings))
words = Voice("en", "report")
report = ReportInput.from_result(result)
figures = draw_all(report, "en")

# %% [markdown]
# ## 1. The answer, and the verdict in it
#
# Page one, the terminal and MLflow show one answer: what can be said of these patients, hypothesis by hypothesis, what
# the next patient gets, and how many patients would settle it.

# %%
result.answer

# %% [markdown]
# It rests on the verdict on the model, one of three: beats chance, not shown to beat chance, cannot be estimated. It is
# computed by one stated rule, for the model that was named beforehand. Read it before any figure, because it decides
# what the figures mean.

# %%
print(report.verdict(report.model(), words))

# %% [markdown]
# "Not shown" is not "shown not". With 84 ways to hand out nine outcomes, the verdict has few p values to choose from:

# %%
test = result.primary_model.permutation
print(f"p = {test.p:.3f} is {round(test.p * test.labelings)} of {test.labelings} labelings")
print(f"smallest p that these patients allow: {test.smallest_attainable_p:.3f}")
print(f"an AUC of {test.null_median:.2f} or more is what half of all labelings give")
Image(png_bytes(figures["permutation"]))

# %% [markdown]
# ## 2. How far the AUC may be off
#
# Every interval says beside it how often intervals of its kind held the truth in simulated cohorts of this size. The
# first is the one to quote.

# %%
for interval in result.primary_model.intervals:
    covers = f"covered {interval.coverage.lowest:.0%} to {interval.coverage.highest:.0%}"
    print(
        f"{interval.method:13} {interval.lower:.2f} to {interval.upper:.2f}   nominally {interval.level:.0%}, {covers}"
    )

# %% [markdown]
# ## 3. The limits of this run
#
# Each sentence stands there because a number of this run put it there.

# %%
from responder.report.limits import describe_limits

for limit in describe_limits(report, words):
    print(f"- {limit}")

# %% [markdown]
# ## 4. The models side by side
#
# Brier skill above 0 would beat telling everybody the share of responders. The p adjusted for all models is the one for
# whoever picks the best of them afterwards.

# %%
columns = ["model", "lpo_auc", "permutation_p", "permutation_p_maxt", "brier_skill_loo", "calibration_slope"]
print(result.frame().reindex(columns=columns).round(3).to_string(index=False))

# %% [markdown]
# ## 5. What carries the prediction
#
# Grey is a warning: a model that is not shown to beat chance explains itself and says nothing of patients. The rank
# figure beside it shows how often each feature would come first, were the cohort drawn again.

# %%
Image(png_bytes(figures["attributions"]))

# %%
Image(png_bytes(figures["ranks"]))

# %% [markdown]
# ## 6. What was expected, and what was found
#
# Expectations are the study's, written down before. "Not decidable" is the usual answer of nine patients.

# %%
for hypothesis in result.hypotheses:
    print(f"{hypothesis.id} {hypothesis.standing.value}")

# %% [markdown]
# ## 7. Who judges the report
#
# The page rates itself against the domains of PROBAST+AI. A concern that follows from a number is not lowered by
# anybody's word.

# %%
from responder.report.answers import CardAnswers
from responder.report.probast import assess_risk_of_bias

for domain in assess_risk_of_bias(report, CardAnswers(), words):
    print(f"{domain.name}: {domain.rating} ({domain.judged_by})")

# %% [markdown]
# ## What to conclude
#
# 1. Verdict, interval and smallest attainable p come first; they decide how to look at all that follows.
# 2. Of this cohort: no model is shown to beat chance, nine patients could hardly have shown it, and no trait may be
#    called a predictor on its account. That is a result, and it can be reported.
# 3. What would change it is named in the limits: more patients, and traits that are no part of the endpoint.
