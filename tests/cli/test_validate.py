"""``responder validate``: text, envelope, file, refusals."""

import pytest

from responder.score import write_bundle


@pytest.fixture(scope="module")
def folder(make_bundle, tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "m"
    write_bundle(make_bundle("ridge:1", small=True), path)
    return str(path)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    from click.testing import CliRunner

    from responder.cli.main import cli

    path = tmp_path_factory.mktemp("new") / "cohort.csv"
    ran = CliRunner().invoke(cli, ["simulate", "--n", "40", "--seed", "5", "--out", str(path)])
    assert ran.exit_code == 0, ran.output
    return str(path)


def test_a_locked_model_in_other_patients(run, folder, simulated, tmp_path):
    target = tmp_path / "p.csv"
    ran = run("validate", folder, simulated, "--out", str(target))
    assert ran.code == 0
    for words in (
        "40 patients.",
        "Brier skill",
        "calibration slope",
        "outside training range",
        "net benefit at threshold",
        "not treatment advice",
    ):
        assert words in ran.out
    assert "simulated" in ran.out
    assert target.read_text().startswith("patient,outcome,probability,decision")
    envelope = run("validate", folder, simulated, "--json").envelope
    assert envelope["schema"] == "responder/validate/1"
    assert envelope["n"] == 40
    assert 0 <= envelope["auc"]["lower"] <= envelope["auc"]["estimate"] <= envelope["auc"]["upper"] <= 1
    assert "patient" not in str(envelope["traits"])
    assert "新患者" in run("validate", folder, simulated, "--lang", "zh").out


def test_its_own_patients_are_refused(run, folder, root):
    ran = run("validate", folder, str(root / "data/rp_ld_il2/cohort.csv"))
    assert ran.code == 3
    assert "training patient" in ran.error_lines()[0]


def test_what_is_not_there(run, folder, tmp_path):
    assert run("validate", str(tmp_path / "none"), "x.csv").code == 2
    assert run("validate", folder, str(tmp_path / "none.csv")).code == 3


def test_another_disease_is_called_a_transfer(run, folder, root):
    lupus = str(root / "data/sle_planted_truth/cohort.csv")
    ran = run("validate", folder, lupus, "--study", "sle-ld-il2", "--map", "rpdai=sledai")
    assert ran.code == 0, ran.err
    for words in ("Transfer to another study, no external validation", "SRI-4", "no counterpart in sle-ld-il2",
                  "which nothing here can check: rpdai = sledai"):  # fmt: skip
        assert words in ran.out
    assert run("validate", folder, lupus, "--study", "sle-ld-il2", "--json").envelope["transfer"]["renamed"] == {}
    assert "并非外部验证" in run("validate", folder, lupus, "--study", "sle-ld-il2", "--lang", "zh").out


def test_a_map_goes_to_another_study_and_fits_it(run, folder, simulated, root):
    lupus = str(root / "data/sle_planted_truth/cohort.csv")
    same = run("validate", folder, simulated, "--map", "rpdai=sledai")
    assert same.code == 2
    assert "the one it was trained in" in same.error_lines()[0]
    unit = run("validate", folder, lupus, "--study", "sle-ld-il2", "--map", "treg_per_ul=c3_g_per_l")
    assert unit.code == 3
    assert "'cells/ul'" in unit.error_lines()[0]
