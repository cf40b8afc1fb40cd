"""A cohort of many more markers than patients, from the run to every command that takes its bundle."""

import json
import re

import numpy as np
import pytest

from responder.experiment import export_bundle, resolve_experiment, run_experiment
from responder.models.decision import LaplaceDecision, LinearDecision
from responder.models.low_rank import LowRank
from responder.report import ReportInput, build_card, render_report
from responder.report.card import render_card_markdown
from responder.report.one_patient import explain_patient
from responder.score import load_bundle, score_profile
from responder.words import MOST_LISTED, Voice

N, MARKERS = 10, 80
QUICK = ["bootstrap.draws=8", "permutation.draws=99", "validation.rebalanced_draws=2", "validation.tournament=false"]


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    """A study of markers of which half follow the outcome, a table of patients, and one profile."""
    folder = tmp_path_factory.mktemp("wide")
    rng = np.random.default_rng(5)
    outcome = np.arange(N) % 2
    values = rng.standard_normal((N, MARKERS)).round(3)
    values[:, : MARKERS // 2] += 1.5 * outcome[:, None]
    names = [f"gene{i}" for i in range(MARKERS)]
    rows = [f"P{i:02},{','.join(map(str, row))},{y}" for i, (row, y) in enumerate(zip(values, outcome, strict=True))]
    (folder / "cohort.csv").write_text("\n".join([f"id,{','.join(names)},responded", *rows]) + "\n")
    words = '{ en = "Wide", zh = "宽表" }'
    traits = "".join(
        f'[[trait]]\nname = "{name}"\nkind = "continuous"\ngroup = "markers"\n'
        f'label = {{ en = "Gene {i}", zh = "基因 {i}" }}\n'
        for i, name in enumerate(names)
    )
    (folder / "study.toml").write_text(
        f'schema = "responder/study/1"\nid = "wide"\nid_column = "id"\ntitle = {words}\nintervention = {words}\n'
        f"population = {words}\n[groups]\nmarkers = {words}\noutcome = {words}\n{traits}"
        f'[[trait]]\nname = "responded"\nkind = "binary"\ngroup = "outcome"\ntiming = "outcome"\nlabel = {words}\n'
        f'[[endpoint]]\nname = "response"\nlabel = {words}\ncolumn = "responded"\noperator = "=="\nthreshold = 1\n',
        encoding="utf-8",
    )
    others = [
        f"Q{i:02},{','.join(map(str, row + 0.5))},{y}" for i, (row, y) in enumerate(zip(values, outcome, strict=True))
    ]
    (folder / "others.csv").write_text("\n".join([f"id,{','.join(names)},responded", *others]) + "\n")
    profile = dict(zip(names, values[1].tolist(), strict=True)) | {"gene7": 9.0}
    (folder / "profile.json").write_text(json.dumps(profile))
    return folder


@pytest.fixture(scope="module", params=["ridge:0.1", "bayes", "groupridge:0.01"])
def wide(request, cohort):
    """A run with one of the models as the primary one, and its bundle."""
    path = cohort / "wide.toml"
    path.write_text(
        'schema = "responder/experiment/1"\nname = "wide"\nstudy = "study.toml"\ncohort = { path = "cohort.csv" }\n'
        f'models = ["prevalence", "{request.param}"]\nprimary = "{request.param}"\n'
        '[settings.groupridge.groups]\nfollowing = ["gene?"]\n[screen]\n'
    )
    result = run_experiment(resolve_experiment(path, settings=QUICK, environment={}))
    assert result.verdict.kind.value == "beats_chance"
    return result, export_bundle(result, cohort / "bundles" / request.param.replace(":", "_"))


def test_the_bundle_keeps_no_square_and_scores_as_the_fit(wide, cohort):
    result, folder = wide
    bundle, profile = load_bundle(folder), json.loads((cohort / "profile.json").read_text())
    assert isinstance(bundle.applicability.precision, LowRank)
    decision = bundle.pipeline.decision
    if isinstance(decision, LaplaceDecision):
        assert isinstance(decision.covariance, LowRank)
    else:
        assert isinstance(decision, LinearDecision)
    score = score_profile(bundle, profile, show_anyway=True)
    values = np.array([[profile[f"gene{i}"] for i in range(MARKERS)]])
    assert score.logit == pytest.approx(float(result.primary_model.fitted.logit(values)[0]), abs=1e-9)
    assert score.base_value + sum(part.contribution for part in score.attributions) == pytest.approx(score.logit)
    told = score.told_attributions
    assert sum(part.contribution for part in told) == pytest.approx(score.logit - score.base_value)
    # what is outside the range comes first
    assert (len(told), len(score.told_traits)) == (MOST_LISTED + 1, MOST_LISTED)
    assert score.told_traits[0].name == "gene7"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_command_says_what_a_person_reads(run, wide, cohort, tmp_path, language):
    _, folder = wide
    bundle, profile = str(folder), str(cohort / "profile.json")
    commands = [
        ("score", profile, "--bundle", bundle, "--show-anyway"),
        ("explain", bundle),
        ("explain", bundle, "--profile", profile, "--show-anyway"),
        ("export", bundle, "--audit"),
        ("export", bundle, "--shareable", "--out", str(tmp_path / "shared")),
        ("score", profile, "--bundle", str(tmp_path / "shared"), "--show-anyway"),
        ("validate", bundle, str(cohort / "others.csv"), "--study", str(cohort / "study.toml")),
        ("check", str(cohort / "cohort.csv"), "--study", str(cohort / "study.toml")),
    ]
    for command in commands:
        ran = run(*command, "--lang", language)
        assert ran.code in {0, 5}, ran.err
        lines = ran.out.splitlines()
        assert len(lines) < 250, command
        assert max(map(len, lines)) < 600, command
    told = run("score", profile, "--bundle", bundle, "--show-anyway", "--lang", language).out
    assert re.search(rf"\b{MARKERS - MOST_LISTED}\b", told)
    assert re.search(rf"\b{MOST_LISTED}\b.*--json", told)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_table_of_the_report_is_without_end(wide, language):
    result, _ = wide
    source = ReportInput.from_result(result)
    page = render_report(source, language, figures={})
    tables = re.findall(r"<tbody>(.*?)</tbody>", page, flags=re.DOTALL)
    cards = render_card_markdown(build_card(source, language=language))
    markers = [len(re.findall(r'<th scope="row">(?:Gene|基因) ', table)) for table in tables]
    assert max(markers) == MOST_LISTED
    assert sum(markers) > MOST_LISTED
    assert page.count("characteristics.csv") >= 2
    assert max(map(len, cards.splitlines())) < 2_000
    assert "Gene 70" not in cards
    one = explain_patient(source, source.model(), "P01")
    told = one.told(source, Voice(language, "report"))
    assert len(told) == MOST_LISTED + 1
    assert one.base + sum(contribution for *_, contribution in told) == pytest.approx(one.logit)
