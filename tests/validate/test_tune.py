"""Tuning inside every fit: against plain loops, blind to left-out labels, exact in the permutation test, resumable."""

import itertools
import logging

import numpy as np
import pytest
from tests.validate.test_refit import make_table

from responder.errors import ConfigError
from responder.models import Status, build_model
from responder.models.base import TrainingSets
from responder.models.logistic import ridge_path
from responder.plan import plain_features
from responder.validate.loo import leave_one_out_predictions
from responder.validate.pairs import leave_pair_out
from responder.validate.permutation import draw_labelings, permutation_test
from responder.validate.refit import ModelPipeline, Refits, Table
from responder.validate.splits import leave_one_out, leave_out, opposite_pairs, stratified_bootstrap
from responder.validate.tune import TunedPipeline, inner_folds
from responder.validate.tuning_report import tuning_report
from responder.validate.tuning_space import SPACES
from responder.validate.tuning_study import _distributions, search

KINDS = tuple(SPACES)
SMALL = {"ridge": 8, "logf": 5, "gp": 4, "lightgbm": 3}


def tuned(kind="ridge", seed=0, n=14, missing=0.05, **settings):
    table, outcome = make_table(seed, n, missing)
    return TunedPipeline(table, SPACES[kind], **{"trials": SMALL[kind], "folds": 3, **settings}), outcome


def by_hand(pipeline, outcome, train):
    """Return the setting that a plain double loop over candidates and folds chooses, each inner fit made alone."""
    order = np.random.default_rng(pipeline.seed).permutation(pipeline.table.n)
    fold = inner_folds(train[None], outcome[None].astype(float), pipeline.folds, order)[0]
    losses = []
    for setting in pipeline.candidates:
        model = pipeline.space.model(setting, pipeline.table.feature_table, pipeline.fixed)
        loss = 0.0
        for held in range(pipeline.folds):
            fitted = ModelPipeline(pipeline.table, model).fit(outcome, np.where(fold == held, 0.0, train))
            p = 1.0 / (1.0 + np.exp(-fitted.logit(pipeline.table.values)))
            own = np.where(outcome == 1, p, 1.0 - p)
            loss -= (train * np.log(own))[fold == held].sum()
        losses.append(loss / train.sum())
    return pipeline.candidates[int(np.argmin(losses))], np.array(losses)


@pytest.mark.parametrize("kind", KINDS)
def test_it_chooses_as_a_plain_double_loop_does(kind):
    pipeline, outcome = tuned(kind, seed=3)
    counts = stratified_bootstrap(outcome, 3, np.random.default_rng(1))
    counts = counts[[(c[outcome == 1] > 0).sum() > 1 for c in counts]]
    assert len(counts)
    chosen = pipeline.chosen(Refits.of_outcome(counts, outcome, np.zeros((len(counts), 1), int)))[:, 0]
    for found, train in zip(chosen, counts, strict=True):
        np.testing.assert_array_equal(found, by_hand(pipeline, outcome, train)[0])
    everybody = np.ones(len(outcome))
    settings, losses = pipeline.trials_of(outcome)
    np.testing.assert_array_equal(settings, pipeline.candidates)
    np.testing.assert_allclose(losses, by_hand(pipeline, outcome, everybody)[1], atol=1e-8)


@pytest.mark.parametrize("kind", KINDS)
def test_fitting_once_and_predicting_in_bulk_agree(kind):
    pipeline, outcome = tuned(kind)
    counts = stratified_bootstrap(outcome, 3, np.random.default_rng(0))
    everybody = np.tile(np.arange(len(outcome)), (3, 1))
    bulk = pipeline.predict(Refits.of_outcome(counts, outcome, everybody)).logit[:, :, 0]
    again, _ = tuned(kind)  # remembers nothing
    for i in range(3):
        np.testing.assert_allclose(again.fit(outcome, counts[i]).logit(again.table.values), bulk[i], atol=1e-8)


@pytest.mark.parametrize(("kind", "sampler"), [*itertools.product(KINDS, ["grid"]), ("ridge", "tpe"), ("gp", "random")])
def test_it_never_sees_the_labels_of_left_out_patients(kind, sampler):
    one, outcome = tuned(kind, sampler=sampler, trials=3)
    other, _ = tuned(kind, sampler=sampler, trials=3)
    left_out = opposite_pairs(outcome)[:4]
    train = leave_out(len(outcome), left_out)
    labels = np.repeat(outcome[None, :, None].astype(float), len(left_out), axis=0)
    flipped = np.where(train[:, :, None] > 0, labels, 1.0 - labels)
    assert (flipped != labels).any()
    first, second = (p.predict(Refits(train, y, left_out)).logit for p, y in ((one, labels), (other, flipped)))
    assert first.tobytes() == second.tobytes()
    np.testing.assert_array_equal(*(p.chosen(Refits(train, y, left_out)) for p, y in ((one, labels), (other, flipped))))


def test_preprocessing_is_refitted_in_the_inner_folds():
    """A patient held out of an inner fold may be as extreme as they come: what is fitted there must not know."""
    pipeline, outcome = tuned(missing=0.3)
    order = np.random.default_rng(pipeline.seed).permutation(pipeline.table.n)
    fold = inner_folds(np.ones((1, 14)), outcome[None].astype(float), 3, order)[0]
    seen = []

    class Watched(type(pipeline.table)):
        def standardised(self, train):
            seen.append(train)
            return super().standardised(train)

    watched = Watched(pipeline.table.spec, pipeline.table.values, pipeline.table.expected)
    TunedPipeline(watched, SPACES["ridge"], folds=3).trials_of(outcome)
    np.testing.assert_array_equal(np.concatenate(seen), [(fold != k).astype(float) for k in range(3)])


def test_inner_folds_hold_both_classes_and_keep_copies_together():
    rng = np.random.default_rng(0)
    labels = (np.arange(20) < 6).astype(float)
    train = rng.integers(0, 3, (50, 20)).astype(float)
    fold = inner_folds(train, np.tile(labels, (50, 1)), 3, rng.permutation(20))
    assert ((fold == -1) == (train == 0)).all()
    for value in (0, 1):
        sizes = np.stack([((fold == k) & (labels == value)).sum(axis=1) for k in range(3)])
        assert (sizes.max(axis=0) - sizes.min(axis=0)).max() <= 1


@pytest.mark.parametrize("sampler", ["grid", "tpe"])
def test_tuned_ridge_has_mean_one_half_over_all_labelings(sampler):
    """The invariant of leave-pair-out holds with the tuning inside, because it is part of one deterministic fit."""
    n = 8 if sampler == "grid" else 6
    pipeline, outcome = tuned(sampler=sampler, n=n, trials=8 if sampler == "grid" else 3)
    labelings = draw_labelings(outcome, most_exact=10**6, draws=99, rng=np.random.default_rng(0))
    found = permutation_test(pipeline, labelings)
    assert found.null_mean == pytest.approx(0.5, abs=1e-12)
    assert found.statistic == pytest.approx(leave_pair_out(pipeline, outcome).auc, abs=1e-12)
    chosen = {float(p.chosen(Refits.of_outcome(np.ones((1, n)), y, np.zeros((1, 1), int)))[0, 0, 0])
              for p in [pipeline] for y in labelings.labels}  # fmt: skip
    assert len(chosen) > 2


def test_tuning_in_every_fold_beats_no_tuning_where_it_should_and_finds_nothing_on_noise():
    table, _ = make_table(0, 120, missing=0.0)
    strong = (table.values[:, 2] > np.median(table.values[:, 2])).astype(int)
    pipeline = TunedPipeline(table, SPACES["ridge"])
    losses = {}
    for p in (pipeline, ModelPipeline(table, build_model("ridge:0.01", table.feature_table))):
        z = leave_one_out_predictions(p, strong).logit
        losses[p.id] = np.logaddexp(0.0, -z * (2 * strong - 1)).mean()
    assert losses["ridge:tuned"] < losses["ridge:0.01"] - 0.1
    noise = np.random.default_rng(1).permutation(strong)
    shrunken = np.median(pipeline.chosen(Refits.of_outcome(*_leave_one_out(noise)))[:, 0, 0])
    assert shrunken < 0.1 < pipeline.trials_of(strong)[0][np.argmin(pipeline.trials_of(strong)[1]), 0]


def _leave_one_out(outcome):
    train, ask = leave_one_out(len(outcome))
    return train, outcome, ask


def test_a_ridge_path_is_its_ridges():
    table, outcome = make_table(5, 15)
    train = stratified_bootstrap(outcome, 4, np.random.default_rng(0))
    labels = np.stack([outcome, 1 - outcome, np.ones(15)], axis=1)[None].repeat(4, axis=0).astype(float)
    sets, ask = TrainingSets(table.standardised(train), train, labels), np.tile(np.arange(5), (4, 1))
    cs = np.array([0.01, 1.0, 30.0])
    path = ridge_path(sets, ask, cs)
    assert path.shape == (3, 4, 5, 3)
    assert np.isnan(path[:, :, :, 2]).all()
    for c, found in zip(cs, path, strict=True):
        model = build_model(f"ridge:{c}", table.feature_table)
        np.testing.assert_allclose(found, model.predict(sets, ask).logit, atol=1e-8)


def test_one_class_is_said_and_one_member_gets_the_strongest_shrinkage():
    pipeline, _ = tuned(n=8)
    labels = np.zeros((1, 8, 2))
    labels[0, 0, 1] = 1.0
    question = Refits(np.ones((1, 8)), labels, np.arange(8)[None])
    found = pipeline.predict(question)
    assert found.status.tolist() == [[Status.ONE_CLASS, Status.OK]]
    assert np.isnan(found.logit[0, :, 0]).all()
    assert np.isfinite(found.logit[0, :, 1]).all()
    assert pipeline.chosen(question)[0, 1, 0] == SPACES["ridge"].grid(8)[0, 0]


@pytest.mark.parametrize("sampler", ["grid", "random", "tpe"])
def test_the_same_seed_gives_the_same_bytes_and_chunks_do_not_show(sampler, monkeypatch):
    first, outcome = tuned(sampler=sampler, trials=4, n=10)
    refits = Refits.of_outcome(*_leave_one_out(outcome))
    whole = first.predict(refits).logit
    assert tuned(sampler=sampler, trials=4, n=10)[0].predict(refits).logit.tobytes() == whole.tobytes()
    assert first.predict(refits).logit.tobytes() == whole.tobytes()
    monkeypatch.setattr("responder.validate.tune.NUMBERS_AT_ONCE", 1)
    monkeypatch.setattr("responder.validate.tune.MOST_REMEMBERED", 3)
    chunked, _ = tuned(sampler=sampler, trials=4, n=10)
    np.testing.assert_allclose(chunked.predict(refits).logit, whole, atol=1e-8)
    assert len(chunked._known) <= 10


JOURNAL, DATABASE = "trials/journal.log", "study.db"


@pytest.mark.parametrize(
    ("sampler", "storage"), [("grid", JOURNAL), ("random", JOURNAL), ("tpe", JOURNAL), ("tpe", DATABASE)]
)
def test_the_final_fit_is_stored_and_resumed(sampler, storage, tmp_path, capsys, caplog):
    import optuna

    kept = f"sqlite:///{tmp_path / storage}" if storage == DATABASE else str(tmp_path / storage)
    plain, outcome = tuned(sampler=sampler, trials=4, n=10)
    stored, _ = tuned(sampler=sampler, trials=4, n=10, storage=kept)
    name = stored._study_name(outcome.astype(float))

    calls = []

    def breaks_off(setting):
        calls.append(setting)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return float(plain._losses(setting[None], np.ones((1, 10)), outcome[None].astype(float))[0, 0])

    with pytest.raises(KeyboardInterrupt):
        search(
            stored.space, 4, breaks_off, seed=stored.seed, candidates=stored.candidates, storage=kept, name=name
        )  # fmt: skip
    with caplog.at_level(logging.INFO):
        settings, losses = stored.trials_of(outcome)
    expected_settings, expected_losses = plain.trials_of(outcome)
    np.testing.assert_allclose(settings, expected_settings, rtol=1e-12)
    np.testing.assert_allclose(losses, expected_losses, atol=1e-9)
    np.testing.assert_allclose(
        stored.fit(outcome).logit(stored.table.values), plain.fit(outcome).logit(plain.table.values), atol=1e-9
    )
    assert len(stored.trials_of(outcome)[0]) == 4
    again = []
    search(
        stored.space, 4, again.append, seed=stored.seed, candidates=stored.candidates, storage=kept, name=name
    )  # fmt: skip
    assert not again
    assert capsys.readouterr().err == ""
    assert not caplog.records
    assert optuna.logging.get_verbosity() == optuna.logging.INFO
    # other labels are another study
    assert stored._study_name(1.0 - outcome) != name


def test_a_storage_that_cannot_be_opened_is_the_users_mistake(tmp_path):
    pipeline, outcome = tuned(storage=str(tmp_path))
    with pytest.raises(ConfigError) as caught:
        pipeline.fit(outcome)
    assert caught.value.where == "tuning.storage"


def test_the_report_keeps_what_was_chosen():
    pipeline, outcome = tuned("gp", trials=4)
    counts = stratified_bootstrap(outcome, 20, np.random.default_rng(0))
    report = tuning_report(pipeline, outcome, counts)
    frame = report.frame()
    assert frame["fit"].value_counts().to_dict() == {"final": 1, "leave_one_out": 14, "bootstrap": 20}
    for i in (0, 5):
        fitted = pipeline.fit(outcome, leave_one_out(14)[0][i])
        assert fitted.decision.length == report.leave_one_out[i, 0]
        assert fitted.decision.signal_variance == report.leave_one_out[i, 1]
    assert pipeline.fit(outcome).decision.length == report.final[0]
    assert report.trial_log_loss.min() == pytest.approx(
        report.trial_log_loss[(report.trials == report.final).all(1)][0]
    )
    content = report.to_json()
    assert sum(row["refits"] for row in content["bootstrap"]) == 20
    assert ((report.spread >= 0) & (report.spread <= 1)).all()
    without = tuning_report(pipeline, outcome, np.empty((0, 14)))
    assert without.to_json()["bootstrap_lower"] is None
    assert np.isnan(without.bootstrap_range).all()


@pytest.mark.parametrize("kind", KINDS)
def test_a_grid_has_at_most_so_many_and_the_strongest_shrinkage_first(kind):
    space = SPACES[kind]
    for most in (2, 3, 8, 30, 200):
        grid = space.grid(most)
        assert 1 < len(grid) <= most
        assert len(np.unique(grid, axis=0)) == len(grid)
        for column, parameter in zip(grid.T, space.parameters, strict=True):
            assert ((column >= parameter.low) & (column <= parameter.high)).all()
            if most >= 8:
                assert column[0] == parameter.strongest
                assert column[-1] == parameter.weakest


def test_what_is_searched_is_shrinkage_from_strong_to_weak():
    """Declared bounds, the strong end first; a proposer draws on the same logarithmic scale."""
    searched = {kind: [(p.name, p.low, p.high) for p in space.parameters] for kind, space in SPACES.items()}
    assert {kind: [(p.name, p.strongest, p.weakest) for p in space.parameters] for kind, space in SPACES.items()} == {
        "ridge": [("c", 0.0032, 10.0)],
        "logf": [("m", 100.0, 1.0)],
        "gp": [("length", 10.0, 1.0), ("signal_variance", 0.5, 8.0)],
        "lightgbm": [("rounds", 10, 80), ("learning_rate", 0.02, 0.2), ("num_leaves", 2, 4)],
    }
    for kind, space in SPACES.items():
        proposed = _distributions(space)
        assert all(one.log for one in proposed.values())
        assert [(name, one.low, one.high) for name, one in proposed.items()] == searched[kind]


def test_the_nominal_cost_counts_every_inner_fit():
    plain = ModelPipeline(make_table(0, 14)[0], build_model("lightgbm", make_table(0, 14)[0].feature_table))
    pipeline, _ = tuned("lightgbm", trials=8, folds=5)
    assert pipeline.seconds_per_fit() == pytest.approx(41 * plain.seconds_per_fit())
    assert not pipeline.model.batched
    grid, tpe = (tuned(sampler=sampler)[0] for sampler in ("grid", "tpe"))
    assert tpe.seconds_per_fit() > grid.seconds_per_fit()
    assert grid.model.batched
    assert not tpe.model.batched


def test_a_wide_table_is_tuned_to_what_its_penalty_should_be():
    """300 markers of 24 patients: the plain double loop's choice, and of noise the strongest there is."""
    rng = np.random.default_rng(8)
    values, outcome = rng.standard_normal((24, 300)), np.arange(24) % 2
    noise = TunedPipeline(Table(plain_features(300), values, {}), SPACES["ridge"], folds=4)
    told = values + 1.2 * (outcome[:, None] - 0.5)
    signal = TunedPipeline(Table(plain_features(300), told, {}), SPACES["ridge"], folds=4)
    everybody = np.ones((1, 24))
    chosen = [
        pipeline.chosen(Refits.of_outcome(everybody, outcome, np.zeros((1, 1), int)))[0, 0, 0]
        for pipeline in (noise, signal)
    ]
    assert chosen == [by_hand(pipeline, outcome, everybody[0])[0][0] for pipeline in (noise, signal)]
    assert chosen[0] == SPACES["ridge"].parameters[0].strongest < chosen[1]
