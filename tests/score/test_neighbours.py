"""The training patients most like a profile, and what carries a bundle over its own patients."""

import dataclasses
import json

import numpy as np
import pytest

from responder.score import encode_profile, most_alike, score_profile, trait_importance
from responder.score.attributions import attributions


def test_the_nearest_are_those_of_brute_force(bundle, profile):
    alike = most_alike(bundle, profile, count=5)
    steps = len(bundle.pipeline.features.spec.steps)
    row = bundle.pipeline.features.transform(encode_profile(bundle, profile).values)[0, :steps]
    distance = np.sqrt(((bundle.background[:, :steps] - row) ** 2).mean(axis=1))
    assert [patient.distance for patient in alike.nearest] == pytest.approx(sorted(distance)[:5])
    first = alike.nearest[0]
    assert first.number == int(distance.argmin()) + 1
    assert first.name == f"#{first.number}"
    gaps = bundle.background[first.number - 1, :steps] - row
    assert first.differences[0].by_sd == pytest.approx(gaps[np.abs(gaps).argmax()])
    json.dumps(alike.to_json(), allow_nan=False)


def test_the_other_side_is_where_the_model_says_the_opposite(bundle, profile):
    alike = most_alike(bundle, profile)
    prevalence = bundle.standing.prevalence
    assert alike.nearest[0].probability >= prevalence
    assert alike.other_side.probability < prevalence
    trained = 1 / (1 + np.exp(-bundle.pipeline.decision.logit(bundle.background)))
    opposite = [p for p in most_alike(bundle, profile, count=40).nearest if trained[p.number - 1] < prevalence]
    assert alike.other_side.number == opposite[0].number


def test_pseudonyms_are_shown_where_they_are_kept(bundle, profile):
    names = tuple(f"P{i}" for i in range(40))
    kept = dataclasses.replace(bundle, pseudonyms=names)
    first = most_alike(kept, profile).nearest[0]
    assert first.name == names[first.number - 1]


def test_an_abstaining_bundle_tells_no_probability(make_bundle, profile):
    silent = make_bundle("ridge:1", kind="not_shown_to_beat_chance", refits=20)
    alike = most_alike(silent, profile)
    assert alike.nearest[0].probability is None
    assert alike.other_side is None
    assert most_alike(silent, profile, show_anyway=True).other_side is not None


def test_importance_is_the_mean_of_the_attributions(any_bundle):
    parts = {part.name: part for part in trait_importance(any_bundle)}
    own = [attributions(any_bundle, row[None])[1] for row in any_bundle.background]
    for name, part in parts.items():
        values = [p.contribution for patient in own for p in patient if p.name == name]
        assert part.mean_absolute == pytest.approx(np.abs(values).mean(), abs=1e-9)
        assert (part.lowest, part.highest) == pytest.approx((min(values), max(values)), abs=1e-9)
    means = [part.mean_absolute for part in trait_importance(any_bundle)]
    assert means == sorted(means, reverse=True)


def test_the_other_side_lies_across_the_prevalence_and_not_across_one_half(bundle, profile):
    """Where 9 in 10 respond, somebody at a probability above a half but below 0.9 is on the lower side."""
    trained = 1 / (1 + np.exp(-bundle.pipeline.decision.logit(bundle.background)))
    order = [patient.number - 1 for patient in most_alike(bundle, profile, count=40).nearest]
    own = score_profile(bundle, profile).probability
    for share in (0.9, 0.2):
        responders = round(share * bundle.standing.n)
        common = dataclasses.replace(bundle.standing, responders=responders, prevalence_lower=0.0, prevalence_upper=1.0)
        found = most_alike(dataclasses.replace(bundle, standing=common), profile).other_side
        across = [i for i in order if (trained[i] >= common.prevalence) != (own >= common.prevalence)]
        assert found.number - 1 == across[0]
