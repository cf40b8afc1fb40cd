"""One hypothesis in cohorts of several diseases.

Patients are compared within their cohort only: endpoints, laboratories and diseases differ between cohorts, and the
order within one does not mind. The hypothesis's features are those of the first cohort's study, computed from traits
that every cohort measures alike; each patient's ranks on them, within the cohort and signed as expected, are added up
(O'Brien 1984, Biometrics 40:1079), and the sum is tested over all cohorts by the exact van Elteren test.

Two claims are told apart. *Together*: the features go with response over all cohorts (one large cohort can carry that).
*Everywhere*: they do so in every cohort, tested by the largest of the cohorts' own p (intersection-union test: Berger
1982, Technometrics 24:295), which needs no adjustment for their number. A hypothesis about several diseases claims the
second. A claim is *supported* when its p, adjusted over the hypotheses tested (Holm), is at most the declared level and
all cohorts point as expected; *contradicted* when all that holds in reverse; else *not decidable*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from responder.arrays import FloatArray, IntArray
from responder.cohort.carried import carried_values
from responder.cohort.cohort import Cohort, illustration
from responder.errors import ConfigError, DataRefusedError, did_you_mean
from responder.explain.across_verdict import AcrossVerdict, CohortEvidence
from responder.explain.hypotheses import holm
from responder.explain.hypothesis_verdict import Standing
from responder.explain.rank_sum import expected_ranks
from responder.explain.stratified import StratumAuc, heterogeneity, stratified_rank_sum
from responder.features import FeatureSpec, compile_features
from responder.study.counterparts import find_counterparts
from responder.study.hypothesis import Hypothesis
from responder.study.model import Study
from responder.validate.result import Result
from responder.words import Phrase

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Across", "hypotheses_across"]

FEWEST_TO_COMPARE = 2


@dataclass(frozen=True)
class Across(Result):
    """Hypotheses in several cohorts.

    Attributes
    ----------
    study : str
        The study whose hypotheses these are: that of the first cohort.
    verdicts : tuple of AcrossVerdict
        One a hypothesis.
    twins : tuple of Phrase
        Patients of one cohort who have exactly the values of a patient of another.
    illustration : Phrase or None
        What the values rest on where they were not observed.
    """

    study: str
    verdicts: tuple[AcrossVerdict, ...]
    twins: tuple[Phrase, ...]
    illustration: Phrase | None

    def frame(self) -> pd.DataFrame:
        """Return one row a hypothesis and cohort, and one a hypothesis for all together."""
        import pandas as pd

        return pd.concat([verdict.frame() for verdict in self.verdicts], ignore_index=True)

    def to_json(self) -> dict[str, Any]:
        """Return the result as JSON types, without any patient."""
        return {**super().to_json(), "verdicts": [verdict.to_json() for verdict in self.verdicts]}


@dataclass(frozen=True)
class _Carried:
    """A cohort in the features of the hypotheses."""

    cohort: Cohort
    name: str
    derived: FloatArray
    pairs: Mapping[str, str]


def hypotheses_across(
    cohorts: Sequence[Cohort],
    asked: Sequence[str] = (),
    *,
    mapping: Mapping[str, Mapping[str, str]] | None = None,
    alpha: float = 0.05,
) -> Across:
    """Test hypotheses of the first cohort's study across cohorts.

    Parameters
    ----------
    cohorts : sequence of Cohort
        Two or more, each with its own study and endpoint.
    asked : sequence of str
        Hypotheses to test; by default those that the study declares to be about several diseases.
    mapping : Mapping[str, Mapping[str, str]], optional
        Study to the traits of it that stand for traits of the first study, where their names differ.
    alpha : float
        Level declared beforehand.

    Raises
    ------
    ConfigError
        If there are fewer than two cohorts, a hypothesis is unknown or cannot be tested, or a trait is mapped wrongly.
    DataRefusedError
        If counterparts are not measured alike, or the same cohort comes twice.

    Examples
    --------
    >>> from responder.cohort import load_cohort
    >>> from responder.study import load_study
    >>> rp = load_cohort("data/rp_ld_il2/cohort.csv", load_study("rp-ld-il2"))
    >>> lupus = load_cohort("data/sle_planted_truth/cohort.csv", load_study("sle-ld-il2"))
    >>> found = hypotheses_across([rp, lupus], ["H6"])
    >>> found.verdicts[0].claim, [c.study for c in found.verdicts[0].cohorts]
    ('everywhere', ['rp-ld-il2', 'sle-ld-il2'])
    """
    if len(cohorts) < FEWEST_TO_COMPARE:
        raise ConfigError("across_one_cohort", where="COHORT")
    _refuse_twice(cohorts)
    study = cohorts[0].study
    wanted = _wanted(study, asked)
    spec = _spec(study, wanted)
    carried = _carried(cohorts, spec, study, mapping or {})
    drafts = [_tested(hypothesis, carried, spec, alpha) for hypothesis in wanted]
    family = [i for i, draft in enumerate(drafts) if not np.isnan(draft.p_of_claim)]
    for i, adjusted in zip(family, holm([drafts[i].p_of_claim for i in family]), strict=True):
        drafts[i] = _decided(replace(drafts[i], p_holm=adjusted, tested=len(family)))
    kinds = {kind for cohort in cohorts for kind in cohort.rests_on}
    return Across(study.id, tuple(drafts), _twins(carried), illustration(kinds))


def _wanted(study: Study, asked: Sequence[str]) -> list[Hypothesis]:
    by_id = {hypothesis.id: hypothesis for hypothesis in study.hypotheses}
    names = list(dict.fromkeys(asked)) or [h.id for h in study.hypotheses if h.testable == "across_diseases"]
    if not names:
        where = Phrase("place.study", {"study": study.id})
        raise ConfigError("across_no_default", where=where, names=[h.id for h in study.hypotheses if h.expects])
    for name in names:
        if name not in by_id:
            hint = did_you_mean(name, by_id)
            raise ConfigError("across_no_hypothesis", where="--hypothesis", hint=hint, name=name, names=tuple(by_id))
        if not by_id[name].expects or by_id[name].testable == "on_treatment":
            raise ConfigError("across_no_features", where="--hypothesis", name=name)
    return [by_id[name] for name in names]


def _spec(study: Study, wanted: Sequence[Hypothesis]) -> FeatureSpec:
    """Return the features of the hypotheses, and of their traits alone."""
    every = compile_features(study, [trait.name for trait in study.baseline_traits])
    expected = {expectation.feature for hypothesis in wanted for expectation in hypothesis.expects}
    traits = {trait for step in every.steps if step.name in expected for trait in step.traits}
    return compile_features(study, [trait.name for trait in study.baseline_traits if trait.name in traits])


def _carried(
    cohorts: Sequence[Cohort], spec: FeatureSpec, study: Study, mapping: Mapping[str, Mapping[str, str]]
) -> list[_Carried]:
    codes = [study.trait(name).code for name in spec.trait_columns]
    others = {cohort.study.id for cohort in cohorts}
    for other in mapping:
        if other not in others:
            raise ConfigError("across_map_study", where="--map", name=other, names=tuple(sorted(others)))
    found = []
    for cohort in cohorts:
        shared = find_counterparts(codes, cohort.study, mapping.get(cohort.study.id))
        values, _ = carried_values(cohort, codes, shared.pairs)
        found.append(_Carried(cohort, cohort.source, spec.derive(values), shared.renamed))
    return found


def _tested(hypothesis: Hypothesis, carried: Sequence[_Carried], spec: FeatureSpec, alpha: float) -> AcrossVerdict:
    at = {step.name: index for index, step in enumerate(spec.steps)}
    lacking = {
        each.feature: tuple(c.name for c in carried if np.isnan(c.derived[:, at[each.feature]]).all())
        if each.feature in at
        else tuple(c.name for c in carried)
        for each in hypothesis.expects
    }
    shared = [each for each in hypothesis.expects if not lacking[each.feature]]
    steps = [spec.steps[at[each.feature]] for each in shared]
    traits = {trait for step in steps for trait in step.traits}
    draft = AcrossVerdict(
        id=hypothesis.id,
        claim="everywhere" if hypothesis.testable == "across_diseases" else "together",
        hypothesis=hypothesis.statement.given,
        standing=Standing.NOT_TESTABLE,
        why="not_shared",
        alpha=alpha,
        features={step.name: step.label for step in steps},
        directions={each.feature: each.direction for each in shared},
        left_out={name: cohorts for name, cohorts in lacking.items() if cohorts},
        cohorts=tuple(_described(c, traits) for c in carried),
    )
    if not shared:
        return draft
    scores = [
        np.sum([expected_ranks(c.derived[:, at[each.feature]], each.direction) for each in shared], axis=0)
        for c in carried
    ]
    evidence = tuple(_alone(e, c, score) for e, c, score in zip(draft.cohorts, carried, scores, strict=True))
    telling = [i for i, each in enumerate(evidence) if not np.isnan(each.p)]
    draft = replace(draft, cohorts=evidence)
    if len(telling) < FEWEST_TO_COMPARE:
        return replace(draft, why="one_cohort")
    return _joined(draft, telling, carried, scores)


def _joined(
    draft: AcrossVerdict, telling: Sequence[int], carried: Sequence[_Carried], scores: Sequence[IntArray]
) -> AcrossVerdict:
    """Return the verdict with all cohorts tested together, and one against the other."""
    strata = [f"{i}/{stratum}" for i in telling for stratum in _strata(carried[i].cohort)]
    outcome = np.concatenate([carried[i].cohort.outcome for i in telling])
    whole = stratified_rank_sum(np.concatenate([scores[i] for i in telling]), outcome, strata)
    weights = {i: sum(s.weight for s in whole.strata if s.name.startswith(f"{i}/")) for i in telling}
    cohorts = tuple(replace(c, weight=weights.get(i, 0.0)) for i, c in enumerate(draft.cohorts))
    own = [cohorts[i] for i in telling]
    parts = [StratumAuc(c.cohort, c.n, c.responders, c.auc, c.lower, c.upper, c.weight) for c in own]
    one_way = abs(sum(c.points for c in own)) == len(own)
    return replace(
        draft,
        standing=Standing.NOT_DECIDABLE,
        why="level_not_reached",
        cohorts=cohorts,
        auc=whole.auc,
        lower=whole.lower,
        upper=whole.upper,
        p=whole.p,
        smallest_attainable_p=whole.smallest_attainable_p,
        exact=whole.exact,
        p_everywhere=max(c.p for c in own) if one_way else 1.0,
        smallest_everywhere=max(c.smallest_attainable_p for c in own),
        heterogeneity=heterogeneity(whole.auc, parts),
    )


def _described(carried: _Carried, traits: set[str]) -> CohortEvidence:
    cohort, study = carried.cohort, carried.cohort.study
    own = {carried.pairs.get(trait, trait) for trait in traits}
    kinds = {cohort.provenance[t] for t in (*own, cohort.endpoint.column) if t in cohort.provenance}
    return CohortEvidence(
        carried.name,
        study.id,
        study.title.given,
        cohort.endpoint.label.given,
        cohort.n,
        cohort.responders,
        renamed={one: other for one, other in carried.pairs.items() if one in traits},
        coupled=tuple(study.trait(name).label.given for name in cohort.endpoint.coupled if name in own),
        rests_on=tuple(str(kind) for kind in cohort.rests_on if kind in kinds),
    )


def _alone(evidence: CohortEvidence, carried: _Carried, score: IntArray) -> CohortEvidence:
    """Return what a cohort says by itself; nothing where all of its patients have one outcome."""
    cohort = carried.cohort
    try:
        found = stratified_rank_sum(score, cohort.outcome, _strata(cohort))
    except ValueError:
        return evidence
    return replace(
        evidence,
        auc=found.auc,
        lower=found.lower,
        upper=found.upper,
        p=found.p,
        smallest_attainable_p=found.smallest_attainable_p,
    )


def _strata(cohort: Cohort) -> Sequence[str]:
    return cohort.strata or [""] * cohort.n


def _decided(draft: AcrossVerdict) -> AcrossVerdict:
    points = {each.points for each in draft.cohorts if not np.isnan(each.p)}
    if draft.p_holm > draft.alpha:
        if draft.claim == "everywhere" and {1, -1} <= points:
            return replace(draft, why="cohorts_disagree")
        reachable = draft.smallest_of_claim * draft.tested <= draft.alpha
        return replace(draft, why="level_not_reached" if reachable else "level_out_of_reach")
    side = 1 if draft.auc > 0.5 else -1
    if -side in points:
        return replace(draft, why="cohorts_disagree")
    return replace(draft, standing=Standing.SUPPORTED if side > 0 else Standing.CONTRADICTED, why="decided")


def _refuse_twice(cohorts: Sequence[Cohort]) -> None:
    for i, cohort in enumerate(cohorts):
        if any(cohort.digest == other.digest for other in cohorts[:i]):
            raise DataRefusedError("across_same_cohort", where=cohort.source)


def _twins(carried: Sequence[_Carried]) -> tuple[Phrase, ...]:
    """Return which cohorts share patients with exactly the same features: by chance, or the same people."""
    found = []
    for i, one in enumerate(carried):
        for other in carried[:i]:
            known = {row.tobytes() for row in other.derived if not np.isnan(row).all()}
            count = sum(row.tobytes() in known for row in one.derived)
            if count:
                found.append(Phrase("across.twins", {"n": count, "one": one.name, "other": other.name}))
    return tuple(found)
