"""What is assumed, and where it came from."""

import pytest

from responder.errors import ConfigError
from responder.plan import DEFAULT_AUCS, DEFAULT_SIZES, AtHand, of_numbers, of_study, overridden
from responder.study import load_study
from responder.words import Phrase


def test_flags_replace_and_name_themselves():
    setting = overridden(of_numbers(0.4, 5), aucs=(0.8, 0.7, 0.8), sizes=(50, 20), power=0.9, alpha=None)
    assert setting.aucs == (0.7, 0.8)
    assert setting.sizes == (20, 50)
    assert (setting.source("aucs"), setting.source("sizes"), setting.source("power")) == ("--auc", "--n", "--power")
    assert setting.source("alpha") == Phrase("study_plan.source.default")
    assert setting.alpha == 0.05


def test_true_aucs_are_assumed_in_steps_of_a_twentieth():
    assert pytest.approx([0.6 + 0.05 * step for step in range(1, 7)]) == DEFAULT_AUCS
    assert of_numbers(0.4, 5).aucs == DEFAULT_AUCS


def test_an_r2_is_an_auc_at_the_prevalence_that_is_assumed():
    assert overridden(of_numbers(0.4, 24), r2=0.288, prevalence=0.174).aucs[0] == pytest.approx(0.888, abs=0.001)
    with pytest.raises(ConfigError, match="either an AUC or an R2"):
        overridden(of_numbers(0.4, 24), r2=0.288, aucs=(0.7,))


def test_the_size_at_hand_is_among_those_simulated():
    from dataclasses import replace

    for n, expected in ((9, DEFAULT_SIZES), (51, (9, 12, 17, 25, 35, 51, 70, 100, 140, 200))):
        setting = replace(of_numbers(0.4, 5), at_hand=AtHand("cohort.csv", n, n // 2, None))
        assert overridden(setting).sizes == expected
        assert overridden(setting, sizes=(30,)).sizes == (30,)


def test_a_study_without_a_cohort_declares_all_but_the_auc():
    setting = of_study(load_study("rp-ld-il2"))
    assert setting.prevalence == 0.5
    assert setting.parameters == len(setting.population.spec.steps)
    assert setting.source("prevalence") == Phrase("study_plan.source.simulation", {"study": "rp-ld-il2"})
    assert str(setting.source("aucs")) == "a range, as no AUC was given (--auc)"


def test_one_parameter_is_enough():
    setting = of_numbers(0.4, 1)
    assert (setting.parameters, len(setting.population.spec.steps)) == (1, 1)


def test_what_was_not_asked_for_is_not_a_flag():
    """False and None are flags that were not given: they replace nothing, and nothing is said of them."""
    setting = overridden(of_numbers(0.4, 5), validation=False, power=None)
    assert (setting.validation, setting.power) == (False, of_numbers(0.4, 5).power)
    assert "validation" not in setting.sources
    asked = overridden(of_numbers(0.4, 5), validation=True)
    assert (asked.validation, asked.source("validation")) == (True, "--validation")


def test_what_the_values_of_a_cohort_rest_on_is_said():
    at_hand = AtHand("cohort.csv", 9, 6, None, rests_on=("simulated", "reconstructed"))
    assert at_hand.kinds == (Phrase("provenance.simulated"), Phrase("provenance.reconstructed"))
    assert at_hand.prevalence == pytest.approx(2 / 3)


def test_numbers_are_asked_for():
    for given in ((None, 5), (0.4, None), (0.4, 0)):
        with pytest.raises(ConfigError) as refused:
            of_numbers(*given)
        assert refused.value.where.startswith("--")
