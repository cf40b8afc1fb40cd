"""The answer that comes first: one result, made once, and shown by every door in one order."""

import html
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from responder.cli.trained import describe_result
from responder.experiment import Answer
from responder.experiment.answering import answer_of
from responder.plan import rank_test_size, riley_criteria
from responder.report import build_card, render_report
from responder.report.card import render_card_markdown
from responder.track.summary import run_description
from responder.words import said

LANGUAGES = ("en", "zh")


def said_by(answer, language="en"):
    """Return everything that an answer says, in its order."""
    lines = [
        (heading, *(text for line in lines for text in (line.statement, *line.notes)))
        for heading, lines in answer.sections
    ]
    first = [answer.lead, *answer.read_with]
    return [said(each, language) for each in (*first, *(text for group in lines for text in group))]


def flat(text):
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text)).replace("\\", ""))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_door_says_the_same_in_the_same_order(reference, reference_result, language):
    answer = reference_result.answer
    doors = {
        "terminal": describe_result(reference_result, Path("runs"), Path("models"), language),
        "report": flat(render_report(reference, language, figures={})),
        "card": flat(render_card_markdown(build_card(reference, None, language))),
        "mlflow": run_description(reference_result, language),
        "notebook": answer.markdown(language),
    }
    for door, text in doors.items():
        at = [text.find(" ".join(each.split())) for each in said_by(answer, language)]
        assert -1 not in at, (door, said_by(answer, language)[at.index(-1)])
        in_order = (
            at if door != "card" else at[2:]
        )  # between its first page and the parts the card says its risk of bias
        assert in_order == sorted(in_order), door


def test_it_is_the_same_after_the_file(reference, reference_result):
    assert reference.answer == reference_result.answer
    assert Answer.from_json(json.loads(json.dumps(reference_result.to_json()["answer"]))) == reference_result.answer
    assert reference_result.answer._repr_markdown_() == reference_result.answer.markdown("en")
    assert str(reference_result.answer) == reference_result.answer.in_language("en")


def test_the_lead_tells_p_as_how_often_chance_does_as_well(reference, reference_result):
    test = reference.model()["permutation"]
    lead = str(reference_result.answer.lead)
    assert f"in {round(test['p'] * 84)} of the 84 possible assignments" in lead
    assert "do not show that the baseline traits predict response" in lead
    assert lead.count(".") == 1  # one sentence
    assert f"全部 84 种分法中的 {round(test['p'] * 84)} 种" in said(reference_result.answer.lead, "zh")


def test_drawn_labelings_count_the_real_one(convincing):
    test = convincing.model()["permutation"]
    ways = test["labelings"] + 1
    assert not test["exact"]
    lead = str(convincing.answer.lead)
    assert f"in only {round(test['p'] * ways)} of {ways} random assignments, counting the real outcomes" in lead
    assert "predict response better than chance" in lead


def test_every_declared_hypothesis_says_its_claim_direction_verdict_p_and_number(reference, reference_result):
    answer = reference_result.answer
    assert len(answer.hypotheses) == len(reference.study.hypotheses) == len(reference_result.hypotheses)
    for declared, found, line in zip(
        reference.study.hypotheses, reference_result.hypotheses, answer.hypotheses, strict=True
    ):
        assert str(line.statement) == f"{declared.id}: {declared.statement}"
        told = " ".join(map(str, line.notes))
        if found.p != found.p:
            assert told == str(found.statement)
            continue
        side = "as expected" if found.auc > 0.5 else "the other way" if found.auc < 0.5 else "neither way"
        assert f"Direction here: {side}" in told
        assert f"AUC {found.auc:.2f}" in told
        assert "Not decided with 9 patients" in told
        assert f"p = {found.p:.3g}, {found.p_holm:.3g} after adjustment for {found.tested} tests" in told
        for part in (*found.expectations, *found.untested):
            assert str(part.label) in told or len(found.expectations) + len(found.untested) == 1
        assert told.count("not tested (") == len(found.untested)


def test_markers_that_no_hypothesis_tested_have_a_direction_and_the_caveat(reference_result):
    (line,) = reference_result.answer.markers
    tested = {part.feature for found in reference_result.hypotheses for part in found.expectations}
    others = [name for name in reference_result.table.feature_table.names if name not in tested]
    assert str(line.statement).count("·") == len(others) - 1
    assert "RPDAI: against" in str(line.statement)
    assert "ridge:0.1 is not shown to beat chance, so none of this is evidence." in str(line.notes[-1])


def test_the_next_patient_gets_a_probability_only_from_what_beats_chance(reference, convincing, hopeless):
    (told,) = convincing.answer.next_patient
    assert "gets a probability of response from ridge:1" in str(told.statement)
    (told,) = reference.answer.next_patient
    # 6 of 9: Clopper-Pearson 29.9% to 92.5% (R: binom.test(6, 9))
    assert "No individual probability" in str(told.statement)
    assert "6 of 9, 67% (95% interval 30% to 93%)" in str(told.statement)
    (told,) = hopeless.answer.next_patient
    assert "nothing can be estimated" in str(told.statement)


def test_sizes_are_those_of_the_plan_and_no_auc_is_taken_from_the_patients(reference_result):
    told = " ".join(str(line.statement) for line in reference_result.answer.needed)
    tested = max(found.tested for found in reference_result.hypotheses)
    assert f"{rank_test_size(0.75, 6 / 9, alpha=0.05 / tested)} patients" in told
    assert f"more than {rank_test_size(0.75, 6 / 9, side='greater')} patients" in told
    assert f"{riley_criteria(parameters=9, prevalence=6 / 9, auc=0.75).n} patients" in told
    assert "Assumed, not seen in these patients: the true AUC" in told
    assert f"{reference_result.primary_model.lpo.auc:.2f}" not in told


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_claimed_where_nothing_can_be(hopeless, language):
    answer = hopeless.answer
    silent = {"en": "cannot show whether", "zh": "无法回答"}[language]
    assert silent in said(answer.lead, language)
    told = " ".join(said_by(answer, language))
    assert {"en": "Cannot be said", "zh": "无法说明"}[language] in told
    assert "nan" not in told.lower()
    assert not re.search({"en": r": (for|against)\b", "zh": "：(支持|不利于)应答"}[language], told)


def test_a_range_of_cohorts_leads_and_the_given_table_is_named(ranged, ranged_result):
    answer = ranged.answer
    assert str(answer.lead) == str(ranged_result.ensemble.verdict.statement)
    assert str(answer.hypotheses[0].statement).startswith("The given table alone")


def test_two_sided_is_far_rather_than_good_and_without_a_model_named_the_best_counts(root):
    from responder.experiment import plan_experiment, resolve_experiment, run_experiment

    settings = ['models=["prevalence", "ridge:0.1"]', "primary=", "bootstrap.draws=0", "permutation.side=two-sided"]
    asked = resolve_experiment(root / "experiments/rp_ld_il2.toml", settings=settings, environment={})
    result = run_experiment(asked)
    assert "the best of all models would be this far from chance" in str(result.answer.lead)
    assert "asks for no bootstrap refits" in str(result.answer.markers[0].statement)
    plan, primary = plan_experiment(asked), result.primary_model
    decided = [
        replace(found, standing="supported" if found.id == "H1" else found.standing) for found in result.hypotheses
    ]
    lead = str(answer_of(plan, primary, decided, None).lead)
    assert lead.endswith("of the 4 hypotheses tested, H1 is supported.")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_way_back_from_mlflow_is_a_command_without_an_address(reference_result, language):
    """Pages have another address each time: neither one, nor a folder, nor a key is told."""
    assert "`responder report rp_ld_il2`" in run_description(reference_result, language)
    path = Path("somebody/workbench/rp_ld_il2/rp_ld_il2.toml")
    of_workbench = replace(reference_result, experiment=replace(reference_result.experiment, path=path))
    told = run_description(of_workbench, language)
    assert "`responder workbench --run rp_ld_il2`" in told
    assert "somebody" not in told
