# ---
# jupyter:
#   jupytext:
#     text_representation:
#       format_name: percent
# ---

# %% [markdown]
# # What others measured
#
# Nine patients cannot carry a prediction. Others have measured some of the same markers, in other diseases and
# under the same drug. This notebook takes what they published, makes a prior of it, and asks what it gains for
# nine patients with relapsing polychondritis. Their table is illustrative: reconstructed and simulated values.

# %%
from pathlib import Path

import numpy as np

from responder.evidence import effective_patients, load_predictors, map_prior, pooled, two_normals
from responder.models import FeatureTable, build_model
from responder.models.prior import BorrowedPrior
from responder.report.figures import draw_evidence

file = load_predictors(Path("data/rp_ld_il2/predictors.toml"))
evidence = map_prior(file, dict.fromkeys(file.features, 1.0))
evidence.frame()[["feature", "studies", "with_numbers", "mu_mean", "next_lower", "next_upper", "patients"]].round(2)

# %% [markdown]
# Of five markers two have a published number, both from one study of chronic graft-versus-host disease. The
# others have a direction and no size, and carry nothing. Where lupus says the opposite of graft-versus-host
# disease about the Treg/Tcon ratio, it says so without a size, and cannot widen the prior: it is narrower than
# what is known.

# %%
draw_evidence(evidence.to_json())["evidence"]

# %% [markdown]
# ## Two studies that contradict each other widen the prior by themselves
#
# The same effect twice, and two opposite ones with the same errors: what is expected of a further study.

# %%
for effects in ([0.9, 0.9], [0.9, -0.3]):
    found = pooled(np.array(effects), np.array([0.3, 0.3]), tau_scale=0.5)
    low, high = found.quantile(0.025), found.quantile(0.975)
    patients = effective_patients(two_normals(found))
    print(f"{effects}: 95% from {low:.2f} to {high:.2f}, counts as {patients:.0f} patients")

# %% [markdown]
# ## A prior that is right, and one that is not
#
# Nine patients, one marker that matters. What the model thinks of a new patient one SD above the mean, without a
# prior, with a right one and with a reversed one; and what the nine patients leave of the weight of 0.5 that the
# prior began with.

# %%
rng = np.random.default_rng(9)
x = rng.normal(size=(9, 1))
y = (rng.random(9) < 1 / (1 + np.exp(-1.5 * x[:, 0]))).astype(float)
for name, mean in (("right", 1.5), ("reversed", -1.5)):
    prior = BorrowedPrior(("ratio",), np.array([mean]), np.array([[0.3**2]]), weight=0.5, vague_sd=0.5)
    for weight in (0.0, 0.5):
        table = FeatureTable(("ratio",), (("ratio",),), borrowed=prior.at_weight(weight))
        fit = build_model("borrow", table).decide((x - x.mean()) / x.std(), y)
        probability = 1 / (1 + np.exp(-fit.logit(np.array([[1.0]]))[0]))
        print(f"{name} prior, weight {weight}: probability {probability:.2f}, weight left {fit.weights[0]:.2f}")

# %% [markdown]
# The reversed prior is given up by itself: most of its weight goes to the vague component. `responder train` with
# the model `borrow` shows the same for a whole cohort, at every weight from 0 to 1; `responder plan EXPERIMENT
# --borrow` says how many patients a right prior saves, and what a reversed one costs.
