"""The limits of a run: each sentence is there because a number of this run puts it there."""

from __future__ import annotations

from collections.abc import Mapping
from math import comb
from typing import Any

from responder.report.source import ReportInput
from responder.report.tables import cell
from responder.report.traits import high_correlations, missing_pattern, ranked_features, rests_on_one_patient
from responder.validate.checks import TUNING_MIN_N, TUNING_MIN_SMALLER_CLASS
from responder.words import Voice

__all__ = ["FEW_PATIENTS_A_FEATURE", "chance_of_separation", "describe_limits"]

FEW_PATIENTS_A_FEATURE = 10


def chance_of_separation(features: int, n: int, responders: int) -> float:
    """Return the chance that at least one of some independent continuous noise features separates the classes.

    Each separates them, one way or the other, in 2 of the C(n, responders) labelings.

    Examples
    --------
    >>> round(chance_of_separation(8, 9, 6), 3)
    0.175
    """
    # whole numbers are divided: of thousands of patients there are more labelings than a float can hold
    return 1.0 - (1.0 - min(1.0, 2 / comb(n, responders))) ** features


def describe_limits(source: ReportInput, words: Voice) -> list[str]:
    """Return what stands against believing this run, gravest first."""
    model = source.model()
    metrics, n, features = model["metrics"], source.n, len(source.content["features"])
    found = []

    def say(key: str, **values: object) -> None:
        found.append(words(f"limits.{key}", **values))

    if source.ensemble is not None:
        found.append(_of_the_ensemble(source.ensemble, words))
    if source.rests_on:
        say("illustration", kinds=source.rests_on)
    ratio = source.smaller_class / features
    if ratio < FEW_PATIENTS_A_FEATURE:
        say("size", n=n, smaller=source.smaller_class, features=features, ratio=f"{ratio:.1f}")
    interval = source.interval(model)
    if interval is not None:
        say(
            "interval", auc=f"{interval['estimate']:.2f}", lower=f"{interval['lower']:.2f}",
            upper=f"{interval['upper']:.2f}", width=f"{interval['upper'] - interval['lower']:.0%}",
        )  # fmt: skip
    if "smallest_attainable_p" in metrics and model["permutation"]["exact"]:
        say(
            "smallest_p", smallest=f"{metrics['smallest_attainable_p']:.2g}",
            labelings=f"{model['permutation']['labelings']:,}",
        )  # fmt: skip
    chance = chance_of_separation(features, n, source.responders)
    if chance >= 0.001:
        say("separating", features=features, chance=f"{chance:.1%}")
    if model["scores"] is not None:
        scores = model["scores"]
        say("majority", share=f"{scores['majority_accuracy']:.1%}", accuracy=f"{scores['accuracy']['estimate']:.1%}")
    tried = sum(not m["is_baseline"] for m in source.models)
    if tried > 1:
        say("tried", count=tried)
    coupled = [t for t in source.endpoint.coupled if t in source.cohort["traits"]]
    if coupled:
        say("coupled", traits=words.listed([source.trait_label(t, words) for t in coupled]))
    _of_the_explanation(source, words, found)
    if model["stability"] is not None:
        stability = model["stability"]
        say(
            "stability", refits=stability["n_refits"], changed=f"{stability['classification_instability']:.0%}",
            error=f"{stability['mean_absolute_prediction_error']:.2f}",
        )  # fmt: skip
        if stability["n_discarded"]:
            say("discarded", count=stability["n_discarded"])
    pairs = model["leave_pair_out"]
    if pairs["sampled"]:
        say("sampled", pairs=f"{pairs['pairs']:,}", error=f"{pairs['standard_error']:.4f}")
    if model["permutation"] is not None and not model["permutation"]["all_pairs"]:
        test = model["permutation"]
        say("cut", labelings=f"{test['labelings']:,}", pairs=f"{test['pairs']:,}", all_pairs=f"{n * (n - 1) // 2:,}")
    if source.tuned_too_early:
        say("tuned", n=n, smaller=source.smaller_class, needed=TUNING_MIN_N, needed_smaller=TUNING_MIN_SMALLER_CLASS)
    for key in ("no_arm", "meaning_of_p", "external"):
        say(key)
    return found


def _of_the_ensemble(ensemble: Mapping[str, Any], words: Voice) -> str:
    auc = next(found for found in ensemble["ranges"] if found["name"] == "lpo_auc")
    return words(
        "limits.ensemble", members=ensemble["members"], beats=ensemble["verdicts"]["beats_chance"],
        lowest=cell(auc["lowest"], words), highest=cell(auc["highest"], words),
        columns=words.listed(list(ensemble["columns"])),
    )  # fmt: skip


def _of_the_explanation(source: ReportInput, words: Voice, found: list[str]) -> None:
    names = ranked_features(source.model())
    if not names:
        return
    pairs = high_correlations(source)
    if pairs:
        found.append(words("limits.entangled", count=len(pairs)))
    fragile = rests_on_one_patient(source)
    if fragile is not None:
        patient, feature = fragile
        found.append(words("limits.one_patient", patient=patient, feature=source.feature_label(feature, words)))
    ranks = source.model()["ranks"]
    if ranks:
        table = ranks["features"]
        if names[0] in table["names"]:
            first = table["probability"][table["names"].index(names[0])][0]
            label = source.feature_label(names[0], words)
            found.append(words("limits.rank", feature=label, first=f"{first:.0%}"))
    pattern = missing_pattern(source)
    if pattern.size:
        lacking = {"patients": int(pattern.any(axis=1).sum()), "n": source.n}
        imputed = words("imputed.limits", draws=source.imputed, **lacking)
        found.append(imputed if source.imputed else words("limits.missing", **lacking))
