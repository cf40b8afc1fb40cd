"""``responder evidence``: what others measured, in both languages, as text, as JSON and as a figure."""

import pytest

from responder.words import languages

PREDICTORS = "data/rp_ld_il2/predictors.toml"
REPORTS = {
    "odds_ratio": 'kind = "odds_ratio", odds_ratio = 0.5, lower = 0.2, upper = 1.1, sds = 1',
    "odds_ratio_divided": 'kind = "odds_ratio", odds_ratio = 0.5, lower = 0.2, upper = 1.1',
    "auc": 'kind = "auc", auc = 0.3, responders = 9, others = 8',
    "means": 'kind = "means", responders = 9, mean = 1, sd = 1, others = 9, mean_others = 2, sd_others = 1',
    "range": 'kind = "medians", responders = {n=9, median=1, range=[0, 3]}, others={n=9, median=2, range=[1, 3]}',
    "quartiles": 'kind = "medians", responders = {n=9, median=1, quartiles=[0, 3], range=[-1, 4]}, '
    "others={n=9, median=2, quartiles=[1, 3]}",
    "counts": 'kind = "counts", responders = [2, 7], others = [6, 3], divided = false',
    "counts_divided": 'kind = "counts", responders = [2, 7], others = [6, 3], divided = true',
    "correlation": 'kind = "correlation", responders = 9, others = 9, r = -0.3',
    "p_value": 'kind = "p_value", responders = 9, others = 9, p = 0.2, higher = false',
    "no_association": 'kind = "no_association", responders = 9, others = 9',
}


def test_every_marker_with_its_studies_and_what_they_come_to(run, root):
    ran = run("evidence", str(root / PREDICTORS))
    assert ran.code == 0
    for part in ("Treg/Tcon ratio", "P = 0.003", "1.03 (0.29 to 1.77)", "50% (same drug)", "contradict each other"):
        assert part in ran.out
    assert "{" not in ran.out


def test_json_holds_the_numbers(run, root):
    found = run("evidence", str(root / PREDICTORS), "--json").envelope
    marker = next(m for m in found["markers"] if m["feature"] == "log_treg_tcon_ratio")
    assert marker["disagree"] is True
    assert marker["posterior"]["next_lower"] < marker["posterior"]["mu"]["mean"] < marker["posterior"]["next_upper"]
    study = next(s for s in marker["studies"] if s["log_odds"] is not None)
    assert study["standard_error"] == pytest.approx(study["reported_error"] / study["share"] ** 0.5)
    assert found["on_treatment"] == ["transreg_treg"]


def test_it_speaks_the_language_that_is_asked_for(run, root, tmp_path):
    ran = run("evidence", str(root / PREDICTORS), "--lang", "zh", "--out", str(tmp_path))
    assert ran.code == 0
    assert "相当于" in ran.out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["evidence.png", "evidence.svg"]


@pytest.mark.parametrize("language", languages())
def test_every_kind_of_report_is_said(run, tmp_path, language):
    path = tmp_path / "predictors.toml"
    rows = [
        f'[[predictor]]\nid = "{name}"\ndisease = "lupus"\ntrait = "c3"\nfeatures = ["c3"]\ndirection = "lower"\n'
        f'n = "18"\nfinding = "Low."\nsource = "nowhere"\ncloseness = "same_class"\nreport = {{ {report} }}\n'
        for name, report in REPORTS.items()
    ]
    path.write_text('schema = "responder/predictors/1"\n' + "".join(rows))
    ran = run("evidence", str(path), "--lang", language)
    assert ran.code == 0
    assert "{" not in ran.out
    assert ran.out.count("nowhere") == len(REPORTS)


def test_a_file_that_is_none_is_refused(run, root):
    ran = run("evidence", str(root / "data/rp_ld_il2/published.toml"))
    assert ran.code == 2
    assert len(ran.error_lines()) == 3
