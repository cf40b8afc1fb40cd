"""Small data and training sets that the contracts of models share."""

import numpy as np

from responder.models import TrainingSets


def data(seed=0, n=16, noise=0.7):
    """Return features of n patients and an outcome that follows the first of them."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 4))
    y = (x[:, 0] + noise * rng.normal(size=n) > 0).astype(float)
    y[:2] = [0, 1]
    return x, y


def sets_of(x, y, weight):
    """Return one training set for each row of weights, all with the same features and outcome."""
    return TrainingSets(np.repeat(x[None], len(weight), 0), weight, np.repeat(y[None, :, None], len(weight), 0))
