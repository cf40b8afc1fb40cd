"""A ridge estimate by its rows is the one by its columns; Newton's step by whole matrices is the eliminated one."""

from __future__ import annotations

import numpy as np
import pytest

from responder.models import solver
from responder.models.solver import Family, Problem, solve
from responder.models.wide import MANY_COLUMNS, InverseInformation, has_row_coordinates


def _problem(n: int, columns: int, seed: int, precision: float = 10.0) -> Problem:
    rng = np.random.default_rng(seed)
    x = np.concatenate([np.ones((3, n, 1)), rng.standard_normal((3, n, columns))], axis=2)
    weight = np.ones((3, n))
    weight[:, :2] = 0.0
    labels = (rng.random((3, n, 4)) > 0.5).astype(float)
    each = np.full(columns + 1, precision)
    each[0] = 0.0
    return Problem(x, weight, labels, each, np.zeros(columns + 1))


@pytest.mark.parametrize(("n", "columns"), [(12, 30), (12, 60), (30, 200)])
def test_a_wide_ridge_by_its_rows_is_the_one_by_its_columns(
    n: int, columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = _problem(n, columns, seed=columns)
    by_rows = solve(problem, Family())
    monkeypatch.setattr(solver, "has_row_coordinates", lambda *_: False)
    by_columns = solve(problem, Family())
    np.testing.assert_allclose(by_rows.coefficients, by_columns.coefficients, atol=1e-9)
    np.testing.assert_array_equal(by_rows.status, by_columns.status)


def test_a_wide_ridge_is_fitted_in_as_many_coordinates_as_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    newton = solver._newton
    monkeypatch.setattr(
        solver, "_newton", lambda problem, *rest: (sizes.append(problem.design.shape[2]), newton(problem, *rest))[1]
    )
    solve(_problem(12, 300, seed=1), Family())
    assert set(sizes) == {13}


def test_labelings_may_have_their_own_precision() -> None:
    problem = _problem(10, 40, seed=3)
    precision = np.outer(np.arange(41) > 0, [1.0, 2.0, 5.0, 10.0])
    together = solve(Problem(problem.design, problem.weight, problem.labels, precision, problem.prior_mean), Family())
    for labeling, own in enumerate((1.0, 2.0, 5.0, 10.0)):
        labels = problem.labels[:, :, [labeling]]
        alone = Problem(problem.design, problem.weight, labels, precision[:, labeling], problem.prior_mean)
        assert own == precision[1, labeling]
        np.testing.assert_allclose(
            together.coefficients[:, :, labeling], solve(alone, Family()).coefficients[:, :, 0], atol=1e-9
        )


def test_coefficients_of_unequal_precision_have_no_row_coordinates() -> None:
    design = np.ones((1, 3, 6))
    assert has_row_coordinates(design, np.array([0.0, 1, 1, 1, 1, 1]))
    assert not has_row_coordinates(design, np.array([0.0, 1, 1, 2, 1, 1]))
    assert not has_row_coordinates(np.ones((1, 6, 6)), np.array([0.0, 1, 1, 1, 1, 1]))


def test_many_columns_are_fitted_as_few_are(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = _problem(90, MANY_COLUMNS + 2, seed=5)
    family = Family(with_information=True)
    by_matrices = solve(problem, family)
    monkeypatch.setattr(solver, "MANY_COLUMNS", 1000)
    eliminated = solve(problem, family)
    np.testing.assert_allclose(by_matrices.coefficients, eliminated.coefficients, atol=1e-9)
    assert by_matrices.information is not None
    assert eliminated.information is not None
    np.testing.assert_allclose(by_matrices.information, eliminated.information, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("family", [Family(), Family(with_information=True)], ids=["estimate", "with information"])
@pytest.mark.parametrize("precision", [10.0, 0.02])
def test_a_curvature_that_serves_several_steps_gives_the_same_estimates(
    family: Family, precision: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = _problem(90, MANY_COLUMNS, seed=5, precision=precision)
    each_step = solve(problem, family)
    renewed = []
    own = InverseInformation.renew
    monkeypatch.setattr(solver, "DEAR_INFORMATION", 1)
    monkeypatch.setattr(
        InverseInformation, "renew", lambda self, *args: (renewed.append(int(args[-1].sum())), own(self, *args))[1]
    )
    kept = solve(problem, family)
    np.testing.assert_allclose(kept.coefficients, each_step.coefficients, atol=1e-9)
    np.testing.assert_array_equal(kept.status, each_step.status)
    assert renewed[0] == each_step.status.size
    assert 0 in renewed, "some step was taken by older curvatures alone"
    if family.with_information:
        np.testing.assert_allclose(kept.information, each_step.information, atol=1e-8)
