"""An experiment over every cohort that fits published facts: the range of its headline, never one number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from responder.cohort.cohort import Cohort, Provenance
from responder.cohort.endpoint import evaluate_endpoint
from responder.errors import ConfigError, NotEstimableError, did_you_mean
from responder.evidence import Cohorts, EnsembleRange, Reconstruction, load_facts, reconstruct
from responder.evidence.reconstruction.statements import Condition, ReportedFacts
from responder.experiment.config import EnsembleSection, ResolvedExperiment
from responder.experiment.plan import open_cohort, plan_cohort
from responder.experiment.random import rng_for
from responder.experiment.run import Headline, primary_headline
from responder.experiment.write import dump_json
from responder.validate.verdict import VerdictKind

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EnsembleResult", "run_ensemble"]

SCHEMA = "responder/ensemble/1"
HEADLINES = ("lpo_auc", "permutation_p", "brier_skill")
MEANING = {
    "shuffled": "each cohort's values were dealt to the patients at random, for the facts do not say who had which",
    "ranked": "each cohort's values were dealt to the patients in rank order: a convention, not knowledge",
}
FloatArray = NDArray[np.float64]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class EnsembleResult:
    """The headline of the primary model in every member of an ensemble.

    A member is the given table with some columns replaced by those of a cohort that fits the facts.  No member is
    known to be likelier than another: this is a range, not a probability and not a confidence interval.

    Attributes
    ----------
    title, source : str
        Of the facts.
    model : str
        The primary model.
    columns : Mapping[str, str]
        What was replaced, and by what.
    assign : str
        Who got whose values.
    cohorts : Mapping
        How many cohorts fit: ``count``, ``low``, ``high``, ``exhaustive``.
    alpha : float
        Level at which a member beats chance.
    exhaustive : bool
        Whether the members are all cohorts that fit, or drawn from them.
    responders : ndarray of int, shape (members,)
    headlines : tuple of Headline
        One a member.
    """

    title: str
    source: str
    model: str
    columns: Mapping[str, str]
    assign: Literal["shuffled", "ranked"]
    cohorts: Mapping[str, Any]
    alpha: float
    exhaustive: bool
    responders: NDArray[np.int64] = field(repr=False)
    headlines: tuple[Headline, ...] = field(repr=False)

    @property
    def ranges(self) -> tuple[EnsembleRange, ...]:
        """Range of the leave-pair-out AUC, its permutation p, and the Brier skill."""
        return tuple(
            EnsembleRange(name, np.array([getattr(h, name) for h in self.headlines]), self.exhaustive)
            for name in HEADLINES
        )

    @property
    def verdicts(self) -> dict[str, int]:
        """In how many members which verdict was reached."""
        found = Counter(headline.verdict.kind for headline in self.headlines)
        return {kind.value: found[kind] for kind in VerdictKind}

    @property
    def sentence(self) -> str:
        """What may be said of the model, over all members."""
        members, beats = len(self.headlines), self.verdicts[VerdictKind.BEATS_CHANCE.value]
        if beats == members:
            return f"{self.model} beats chance in each of {members} cohorts that fit the published facts."
        if not beats:
            return f"{self.model} is shown to beat chance in none of {members} cohorts that fit the published facts."
        return (
            f"{self.model} beats chance in {beats} of {members} cohorts that fit the published facts: "
            "these facts do not decide."
        )

    @property
    def meaning(self) -> str:
        """How the range is to be read."""
        which = "Every cohort that fits" if self.exhaustive else "A sample of the cohorts that fit"
        replaced = ", ".join(self.columns)
        return (
            f"{which}; {MEANING[self.assign]}. All columns but {replaced} are those of the given table in every "
            "member, so the range leaves out what else is not known. It is no probability and no confidence interval; "
            f"where nothing predicts response, up to {self.alpha:.0%} of members beat chance all the same."
        )

    def frame(self) -> pd.DataFrame:
        """Return one row a member: number, responders, LPO AUC, permutation p, Brier skill, verdict."""
        import pandas as pd

        rows = [
            {
                "member": number,
                "responders": responders,
                **{name: getattr(headline, name) for name in HEADLINES},
                "verdict": headline.verdict.kind.value,
            }
            for number, (responders, headline) in enumerate(
                zip(self.responders.tolist(), self.headlines, strict=True), start=1
            )
        ]
        return pd.DataFrame(rows)

    def to_json(self) -> dict[str, Any]:
        """Return the ranges as JSON types."""
        return {
            "schema": SCHEMA,
            "sentence": self.sentence,
            "meaning": self.meaning,
            "facts": {"title": self.title, "source": self.source},
            "cohorts": dict(self.cohorts),
            "model": self.model,
            "columns": dict(self.columns),
            "assign": self.assign,
            "alpha": self.alpha,
            "members": len(self.headlines),
            "exhaustive": self.exhaustive,
            "ranges": [found.to_json() for found in self.ranges],
            "verdicts": self.verdicts,
            "share_that_beats_chance": self.verdicts[VerdictKind.BEATS_CHANCE.value] / len(self.headlines),
        }

    def files(self) -> dict[str, str]:
        """Return the text of the files that it is kept in, by file name."""
        csv = self.frame().to_csv(index=False, lineterminator="\n", float_format="%.10g")
        return {"ensemble.json": dump_json(self.to_json()), "ensemble.csv": csv}


def run_ensemble(
    resolved: ResolvedExperiment, *, progress: Progress = lambda _step, _done, _total: None, jobs: int = 1
) -> EnsembleResult | None:
    """Run the primary model of an experiment in every member of its ensemble.

    Parameters
    ----------
    resolved : ResolvedExperiment
        What is asked.
    progress : callable, optional
        Told (step, done, of how many).
    jobs : int
        Processes for slow models; results do not depend on it.

    Returns
    -------
    EnsembleResult or None
        The same for the same seed; None where the experiment names no ensemble.

    Raises
    ------
    ConfigError
        If the facts do not go with the cohort.
    NotEstimableError
        If no cohort is known to fit the facts.
    """
    wanted, asked = resolved.experiment, resolved.experiment.ensemble
    if asked is None:
        return None
    path = resolved.path.parent / asked.facts
    facts, (_, cohort) = load_facts(path), open_cohort(resolved)
    _refuse_mismatch(resolved, facts, cohort)
    rng = rng_for(wanted.seed, "ensemble")
    progress("count the cohorts that fit", 0, 0)
    found = reconstruct(facts, rng=rng, explain=False)
    if not found.known:
        raise NotEstimableError(
            "no cohort is known to fit the facts", where=str(path), hint=f"see responder reconstruct {path}"
        )
    drawn, exhaustive = _drawn(found, asked, rng)
    alone = replace(resolved, experiment=wanted.model_copy(update={"models": ("prevalence", wanted.primary)}))
    headlines, responders = [], []
    for done, member in enumerate(_members(cohort, drawn, asked, rng)):
        progress("ensemble", done, len(drawn))
        headlines.append(primary_headline(plan_cohort(alone, member), jobs=jobs))
        responders.append(member.responders)
    return EnsembleResult(
        title=facts.title,
        source=facts.source,
        model=wanted.primary,
        columns=asked.columns,
        assign=asked.assign,
        cohorts=found.tally.to_json(),
        alpha=wanted.permutation.alpha,
        exhaustive=exhaustive,
        responders=np.array(responders, dtype=np.int64),
        headlines=tuple(headlines),
    )


def _refuse_mismatch(resolved: ResolvedExperiment, facts: ReportedFacts, cohort: Cohort) -> None:
    """Refuse columns that the cohort, or the facts, do not have, and facts about another number of people."""
    asked, place = resolved.experiment.ensemble, f"{resolved.path}, ensemble.columns"
    assert asked is not None
    if facts.n != cohort.n:
        raise ConfigError(
            f"the facts speak of {facts.n} people, the cohort has {cohort.n} with an outcome",
            where=f"{resolved.path}, ensemble.facts",
            hint="take facts about the same people",
        )
    spelled = [f"{name}.{item}" for name, variable in facts.variables.items() for item in variable.items]
    names = [*facts.variables, *spelled]
    columns = [*cohort.columns, *(c for c in _endpoint_columns(cohort) if c not in cohort.columns)]
    for column, content in asked.columns.items():
        if column not in columns:
            hint = did_you_mean(column, columns) or f"one of: {', '.join(columns)}"
            raise ConfigError(f"the cohort has no column '{column}' in use", where=place, hint=hint)
        for name in _names(content, place):
            if name not in names:
                hint = did_you_mean(name, names) or f"one of: {', '.join(names)}"
                raise ConfigError(f"the facts have no variable '{name}'", where=place, hint=hint)
    needed = _endpoint_columns(cohort)
    absent = [column for column in needed if column not in asked.columns]
    if absent and len(absent) < len(needed):
        raise ConfigError(
            f"the endpoint compares {' with '.join(needed)}: replace both or none",
            where=place,
            hint=f"add '{absent[0]}'",
        )


def _names(content: str, place: str) -> tuple[str, ...]:
    """Return the variables and items that a column is made of."""
    if not _is_condition(content):
        return (content,)
    try:
        return Condition.read(content).names
    except ValueError as error:
        raise ConfigError(str(error), where=place, hint="name a variable, an item or a condition") from error


def _is_condition(content: str) -> bool:
    return any(sign in content for sign in "<>=!")


def _endpoint_columns(cohort: Cohort) -> tuple[str, ...]:
    """Return the column that the endpoint looks at, and the baseline column that it starts from, if any."""
    endpoint = cohort.endpoint
    level = f"={endpoint.level}" if endpoint.level else ""
    return tuple(f"{name}{level}" for name in (endpoint.column, endpoint.baseline) if name)


def _drawn(found: Reconstruction, asked: EnsembleSection, rng: np.random.Generator) -> tuple[Cohorts, bool]:
    """Return all cohorts that fit, where these are few and each can be dealt in one way only; else draw some."""
    if asked.assign == "ranked" and found.lists_all and found.known <= asked.draws:
        batches = list(found.cohorts())
        return Cohorts(batches[0].cells, np.concatenate([batch.members for batch in batches])), True
    return found.draw(rng, asked.draws), False


def _members(cohort: Cohort, drawn: Cohorts, asked: EnsembleSection, rng: np.random.Generator) -> Iterator[Cohort]:
    """Yield the given cohort with its columns replaced, once for each cohort drawn."""
    replaced = {
        column: drawn.meets(content).astype(float) if _is_condition(content) else drawn[content]
        for column, content in asked.columns.items()
    }
    known = [column for column in asked.columns if column in cohort.columns]
    own = [cohort.values[:, cohort.columns.index(column)] for column in known]
    patients = np.lexsort([cohort.outcome, *reversed(own)])
    for index in range(len(drawn)):
        people = {column: values[index] for column, values in replaced.items()}
        if asked.assign == "ranked":
            order = np.lexsort([_response(cohort, people), *reversed([people[column] for column in known])])
        else:
            order = rng.permutation(cohort.n)
        dealt = np.empty(cohort.n, dtype=np.int64)
        dealt[patients] = order
        yield _member(cohort, {column: values[dealt] for column, values in people.items()})


def _response(cohort: Cohort, people: Mapping[str, FloatArray]) -> FloatArray:
    """Return who of the people responds; the patients' own outcome where the facts do not replace it."""
    columns = _endpoint_columns(cohort)
    if columns[0] not in people:
        return cohort.outcome.astype(np.float64)
    return evaluate_endpoint(cohort.endpoint, *(people[column] for column in columns))


def _member(cohort: Cohort, people: Mapping[str, FloatArray]) -> Cohort:
    """Return the cohort with columns replaced; who then has no outcome is left out, as in any table."""
    values = cohort.values.copy()
    for column, content in people.items():
        if column in cohort.columns:
            values[:, cohort.columns.index(column)] = content
    response = _response(cohort, people)
    kept = np.flatnonzero(~np.isnan(response))
    return replace(
        cohort,
        ids=tuple(cohort.ids[i] for i in kept),
        values=values[kept],
        outcome=response[kept].astype(np.int64),
        strata=tuple(cohort.strata[i] for i in kept) if cohort.strata else (),
        provenance={**cohort.provenance, **{c.partition("=")[0]: Provenance.RECONSTRUCTED for c in people}},
    )
