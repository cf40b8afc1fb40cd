"""The methods of a run in words, with citations: generated from what was resolved, so that they cannot say else."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from responder.report.source import ReportInput
from responder.words import Voice, said_all

__all__ = ["Methods", "Reference", "describe_methods", "references"]

CITATION = re.compile(r"\[@([a-z0-9]+)\]")


@dataclass(frozen=True)
class Reference:
    """One cited work.

    Attributes
    ----------
    key, text, doi : str
        Key, authors to pages, and digital object identifier or an empty string.
    """

    key: str
    text: str
    doi: str = ""


@lru_cache(maxsize=1)
def references() -> dict[str, Reference]:
    """Return every work that the methods may cite."""
    text = files("responder.report").joinpath("text/references.toml").read_text(encoding="utf-8")
    return {key: Reference(key, **entry) for key, entry in tomllib.loads(text).items()}


@dataclass(frozen=True)
class Methods:
    """Paragraphs with numbered citations, and the works in the order of their numbers."""

    paragraphs: tuple[str, ...]
    cited: tuple[Reference, ...]


def describe_methods(source: ReportInput, words: Voice, *, cite: str = "[{number}]") -> Methods:
    """Describe how a run was done.

    Parameters
    ----------
    source : ReportInput
        The run.
    words : Voice
        The language.
    cite : str
        How a citation is written; may use ``{number}`` and ``{key}``.
    """
    order: list[str] = []

    def numbered(match: re.Match[str]) -> str:
        key = match[1]
        if key not in order:
            order.append(key)
        return cite.format(number=order.index(key) + 1, key=key)

    paragraphs = tuple(
        CITATION.sub(numbered, said_all(part, words.language)) for part in _paragraphs(source, words) if part
    )
    return Methods(paragraphs, tuple(references()[key] for key in order))


def _paragraphs(source: ReportInput, words: Voice) -> list[list[str]]:
    primary, setting = source.model(), source.setting
    kinds = {model["id"].partition(":")[0] for model in source.models}
    fitted = [m for m in source.models if not m["is_baseline"]]
    at_landmark = source.study.known_at_week
    first = [
        *([words("methods.landmark", week=at_landmark, flow=source.landmark_flow)] if at_landmark else []),
        words(
            "imputed.methods" if source.imputed else f"methods.cohort{'_at_week' if at_landmark else ''}",
            draws=source.imputed, n=source.n, source=source.file_name, responders=source.responders,
            endpoint=words.of(source.endpoint.label), traits=len(source.cohort["traits"]),
            features=len(source.content["features"]),
        ),
        words("methods.models", models=words.listed([source.model_title(m, words) for m in source.models])),
    ]  # fmt: skip
    if source.tuned:
        first.append(
            words(
                "methods.tuning",
                models=words.listed([source.model_title(m, words) for m in source.tuned]),
                sampler=setting("tuning.sampler"),
                trials=setting("tuning.trials"),
                folds=setting("tuning.inner_folds"),
            )
        )
    else:
        first.append(words("methods.shrinkage"))
    first += [words(f"methods.{kind}") for kind in ("groupridge", "firth", "flac", "logf", "lightgbm") if kind in kinds]

    second = [words("methods.lpo")]
    pairs = primary["leave_pair_out"]
    if pairs["sampled"]:
        possible = source.responders * (source.n - source.responders)
        second.append(words("methods.lpo_sampled", possible=f"{possible:,}", pairs=f"{pairs['pairs']:,}"))
    if primary["intervals"]:
        second.append(words("methods.interval"))
    second.append(words("methods.loo"))

    third = []
    test = primary["permutation"]
    if test is not None:
        third.append(
            words(
                "methods.permutation_exact" if test["exact"] else "methods.permutation_random",
                labelings=f"{test['labelings']:,}",
                side=words("methods.two_sided" if test["side"] == "two-sided" else "methods.greater"),
                alpha=f"{setting('permutation.alpha'):g}",
            )
        )
        if setting("cohort.strata"):
            third.append(words("methods.strata", strata=setting("cohort.strata")))
        if len(fitted) > 1:
            named = "methods.order" if setting("primary") else "methods.together"
            third.append(words(named, count=len(fitted), alpha=source.alpha))

    fourth = [words("methods.calibration")]
    if primary["decision_curve"] is not None:
        thresholds = ", ".join(f"{t:g}" for t in setting("decision.thresholds"))
        fourth.append(words("methods.decision", thresholds=thresholds))
    if primary["stability"] is not None:
        fourth.append(words("methods.stability", refits=primary["stability"]["n_refits"]))
    if primary["importance"]:
        fourth.append(words("methods.explanation"))

    provenance = source.content["provenance"]
    last = [
        words("methods.reporting"),
        words(
            "methods.software", version=provenance["code_version"], seed=provenance["seed"],
            lock=provenance["lock_digest"][:12],
        ),
    ]  # fmt: skip
    return [first, second, third, _ensemble(source, words), fourth, last]


def _ensemble(source: ReportInput, words: Voice) -> list[str]:
    found = source.ensemble
    if found is None:
        return []
    which = words("methods.every_cohort" if found["exhaustive"] else "methods.drawn_cohorts")
    columns = words.listed(list(found["columns"]))
    return [words("methods.ensemble", members=found["members"], which=which, columns=columns)]
