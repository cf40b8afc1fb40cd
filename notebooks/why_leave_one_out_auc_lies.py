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
# # Why leave-one-out AUC lies, and what to print instead
#
# Nine patients, six responders. It is tempting to leave each patient out in turn, collect the nine predictions and
# compute one AUC from them. This notebook makes the artefact, explains it, and shows the cure.

# %%
import numpy as np

from responder.features import compile_features
from responder.models import build_model
from responder.study import load_study
from responder.validate.loo import leave_one_out_predictions, rebalanced_leave_one_out
from responder.validate.pairs import leave_pair_out
from responder.validate.permutation import draw_labelings, permutation_test
from responder.validate.refit import ModelPipeline, Table

TRAITS = ("disease_duration_years", "prednisone_mg_per_day", "rpdai")
STUDY = load_study("rp-ld-il2")


def noise(n, responders, seed):
    """A cohort in which no trait has anything to do with the outcome."""
    rng = np.random.default_rng(seed)
    values = np.column_stack([rng.lognormal(0.7, 0.5, n), rng.normal(15, 4, n), rng.integers(9, 24, n)])
    outcome = np.zeros(n, dtype=int)
    outcome[rng.permutation(n)[:responders]] = 1
    return Table(compile_features(STUDY, TRAITS), values, {}), outcome


def pooled_auc(logit, outcome):
    """What one gets by pooling leave-one-out scores."""
    difference = logit[outcome == 1][:, None] - logit[outcome == 0][None]
    return float(((np.sign(np.round(difference, 9)) + 1) / 2).mean())


# %% [markdown]
# ## The artefact: a model that looks at nothing gets an AUC of 0
#
# The prevalence model gives everybody the share of responders among the *others*. Leave a responder out, and that
# share is lower than when a non-responder is left out. So every responder scores below every non-responder.

# %%
table, outcome = noise(9, 6, seed=1)
prevalence = ModelPipeline(table, build_model("prevalence", table.feature_table))
loo = leave_one_out_predictions(prevalence, outcome)
for value, name in ((1, "responders"), (0, "non-responders")):
    print(f"{name:15} get {np.unique(loo.probability[outcome == value].round(3))}")
print(f"pooled leave-one-out AUC of a model that looks at nothing: {pooled_auc(loo.logit, outcome):.2f}")
print(f"leave-pair-out AUC of the same model:                      {leave_pair_out(prevalence, outcome).auc:.2f}")

# %% [markdown]
# ## It is not only the silly model
#
# Any model that shrinks has some of it: the more it shrinks, the more of what is left is the prevalence of its
# training set. Two hundred cohorts of pure noise, n = 16, eight responders:

# %%
rows = []
for c in ("0.01", "0.1", "1", "10"):
    pooled, paired, rebalanced = [], [], []
    for seed in range(200):
        table, outcome = noise(16, 8, seed)
        ridge = ModelPipeline(table, build_model(f"ridge:{c}", table.feature_table))
        pooled.append(pooled_auc(leave_one_out_predictions(ridge, outcome).logit, outcome))
        paired.append(leave_pair_out(ridge, outcome).auc)
        if seed < 50:
            rebalanced.append(rebalanced_leave_one_out(ridge, outcome, 5, np.random.default_rng(seed)).mean())
    rows.append((c, np.mean(pooled), np.mean(paired), np.mean(rebalanced)))
print("ridge C   pooled LOO   leave-pair-out   rebalanced LOO   (all should be 0.5)")
for c, one, two, three in rows:
    print(f"{c:>7}   {one:10.3f}   {two:14.3f}   {three:14.3f}")

# %% [markdown]
# ## The cure, and why it can be trusted
#
# Leave both patients of a pair out and ask the model to rank them. It has seen as many responders whichever of the two
# responds. Swap the labels of the pair and the win becomes a loss: over *all* labelings of the same patients the mean
# is exactly one half, for any model. Here are all 84 labelings of nine patients, for four models:

# %%
table, outcome = noise(9, 3, seed=7)
labelings = draw_labelings(outcome, most_exact=1000, draws=1, rng=np.random.default_rng(0))
for name in ("prevalence", "ridge:0.1", "gp", "lightgbm"):
    pipeline = ModelPipeline(table, build_model(name, table.feature_table))
    test = permutation_test(pipeline, labelings)
    print(f"{name:11} mean AUC over {len(labelings)} labelings: {test.null_mean:.12f}")

# %% [markdown]
# ## What nine patients can and cannot say
#
# The same enumeration is the exact permutation test. With 84 labelings no p can be below 1/84, and ties raise that
# floor. An AUC that looks grand may still be what luck gives often.

# %%
ridge = ModelPipeline(table, build_model("ridge:0.1", table.feature_table))
test = permutation_test(ridge, labelings)
print(f"smallest p that these patients allow: {test.smallest_attainable_p:.4f} (1/84 = {1 / 84:.4f})")
for auc in (0.7, 0.8, 0.9):
    print(f"labelings of pure noise with a leave-pair-out AUC of at least {auc}: {(test.auc >= auc - 1e-9).mean():.0%}")
