"""Finished tests are kept and found again; that they cannot be kept never ends an analysis."""

import shutil

import numpy as np
import pytest

from responder.experiment.checkpoint import Checkpoint
from responder.validate.permutation import PermutationTest

TEST = PermutationTest(
    auc=np.array([0.5, 0.75]), margin=np.array([0.0, 0.1]), observed=1, exact=True, side="two-sided", fits=7, pairs=3,
    all_pairs=True, rows=np.array([0, 1]),
)  # fmt: skip


def never(_parts):
    raise AssertionError("this test was kept")


def test_a_finished_test_is_kept_whole_and_for_its_key_alone(tmp_path):
    Checkpoint(tmp_path, "a" * 64).permutation("ridge:0.1", lambda _parts: TEST)
    kept = Checkpoint(tmp_path, "a" * 64).permutation("ridge:0.1", never)
    assert kept.to_json() == TEST.to_json()
    assert kept.auc.tolist() == TEST.auc.tolist()
    other = PermutationTest(**{**vars(TEST), "fits": 8})
    assert Checkpoint(tmp_path, "b" * 64).permutation("ridge:0.1", lambda _parts: other).fits == 8


def test_a_run_beside_it_that_ends_and_takes_the_folder_along_does_no_harm(tmp_path, monkeypatch):
    def gone(path, content):
        shutil.rmtree(tmp_path)
        raise FileNotFoundError(path)

    monkeypatch.setattr("responder.experiment.checkpoint.write_atomically", gone)
    assert Checkpoint(tmp_path, "a" * 64).permutation("gp", lambda _parts: TEST) is TEST
    monkeypatch.undo()
    Checkpoint(tmp_path, "a" * 64).permutation("gp", lambda _parts: TEST)
    assert Checkpoint(tmp_path, "a" * 64).permutation("gp", never).fits == 7


def test_parts_of_a_test_at_work_outlive_it_and_go_when_it_is_finished(tmp_path):
    def interrupted(parts):
        parts.put(0, np.array([0.25, 0.5]))
        raise KeyboardInterrupt

    def resumed(parts):
        assert parts.get(0).tolist() == [0.25, 0.5]
        assert parts.get(1) is None
        return TEST

    with pytest.raises(KeyboardInterrupt):
        Checkpoint(tmp_path, "a" * 64).permutation("gp", interrupted)
    Checkpoint(tmp_path, "a" * 64).permutation("gp", resumed)
    assert [path.name for path in (tmp_path / ("a" * 16)).iterdir()] == ["permutation_gp.npz"]
