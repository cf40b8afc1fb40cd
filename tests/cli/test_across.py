"""``responder across``: text, envelope, files, refusals, in both languages."""

import pytest


@pytest.fixture
def cohorts(root):
    return str(root / "data/rp_ld_il2/cohort.csv"), str(root / "data/sle_planted_truth/cohort.csv") + ":sle-ld-il2"


def test_two_diseases(run, cohorts, tmp_path):
    ran = run("across", *cohorts, "--out", str(tmp_path / "out"))
    assert ran.code == 0, ran.err
    for words in ("H6", "illustrative", "6 of 9", "together", "Farthest apart", "never compared"):
        assert words in ran.out
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "across.csv", "across.json", "across_H6.png", "across_H6.svg",
    ]  # fmt: skip
    chinese = run("across", *cohorts, "--out", str(tmp_path / "zh"), "--lang", "zh")
    assert "未能证明" in chinese.out
    # codes and numbers: a program reads the same in every language
    assert len({(tmp_path / folder / "across.json").read_bytes() for folder in ("out", "zh")}) == 1


def test_envelope_and_an_experiment_in_place_of_a_table(run, cohorts, root):
    experiment = str(root / "experiments/rp_ld_il2.toml")
    found = run("across", experiment, cohorts[1], "--hypothesis", "H3", "--json").envelope
    assert found["schema"] == "responder/across/1"
    assert [c["study"] for c in found["verdicts"][0]["cohorts"]] == ["rp-ld-il2", "sle-ld-il2"]
    assert len(found["findings"]) == 2


@pytest.mark.parametrize(
    ("more", "code", "words"),
    [
        (("--hypothesis", "H9"), 2, "no hypothesis 'H9'"),
        (("--map", "treg_per_ul=nothing"), 2, "has no trait 'nothing'"),
        (("--map", "treg_per_ul=c3_g_per_l"), 3, "is measured in 'cells/ul'"),
        (("--map", "elsewhere:treg_per_ul=cd4_per_ul"), 2, "no cohort is of study 'elsewhere'"),
        (("--map", "treg_per_ul"), 2, "treg_per_ul"),
    ],
)
def test_mistakes(more, code, words, run, cohorts):
    ran = run("across", *cohorts, *more)
    assert ran.code == code
    assert words in ran.error_lines()[0]


def test_one_cohort_or_the_same_twice(run, cohorts):
    assert run("across", cohorts[0]).code == 2
    assert run("across", cohorts[0], cohorts[0]).code == 3
    assert run("across", cohorts[0], "nowhere.csv").code == 3


def test_a_trait_left_out_by_hand(run, cohorts):
    ran = run("across", *cohorts, "--map", "sle-ld-il2:tcon_per_ul=")
    assert ran.code == 0
    assert "left out, because not measured in every cohort: log_treg_tcon_ratio" in ran.out
