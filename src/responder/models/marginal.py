"""How probable the outcomes of a training set are under a model and its prior, averaged over the coefficients."""

from __future__ import annotations

import numpy as np

from responder.arrays import FloatArray
from responder.models.solver import Problem, Solution

__all__ = ["log_marginal_likelihood"]


def log_marginal_likelihood(problem: Problem, solution: Solution) -> FloatArray:
    """Return Laplace's approximation to the logarithm of the marginal likelihood of each fit, shape (M, L).

    Of a coefficient without a prior (precision 0) the same constant is left out of every fit.

    Parameters
    ----------
    problem : Problem
        What was fitted.
    solution : Solution
        Its estimates, with their information.

    References
    ----------
    MacKay 1992, Neural Computation 4:415, doi 10.1162/neco.1992.4.3.415.

    Examples
    --------
    >>> from responder.models.solver import Family, solve
    >>> problem = Problem(np.ones((1, 2, 1)), np.ones((1, 2)), np.array([[[0.0], [1.0]]]), np.ones(1), np.zeros(1))
    >>> float(log_marginal_likelihood(problem, solve(problem, Family(with_information=True)))[0, 0].round(3))
    -1.589
    """
    assert solution.information is not None
    eta = np.matmul(problem.design, solution.coefficients)
    likelihood = np.matmul(problem.weight[:, None, :], problem.labels * eta - np.logaddexp(0.0, eta))[:, 0]
    away = solution.coefficients - problem.prior_mean[:, None]
    proper = problem.precision[problem.precision > 0.0]
    prior = 0.5 * (np.log(proper).sum() - np.einsum("k,mkl->ml", problem.precision, away**2))
    return np.asarray(likelihood + prior - 0.5 * np.linalg.slogdet(solution.information)[1])
