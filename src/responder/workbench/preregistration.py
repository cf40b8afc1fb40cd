"""The stamped plan as a text to keep, send or register: what was decided, when, and its digest."""

from __future__ import annotations

import tomllib

from responder.experiment.config import Experiment
from responder.models.title import model_title
from responder.study import Study, load_study
from responder.study.rule_words import rule_words
from responder.toml_file import parse_model
from responder.words import Language, Phrase, Voice, say
from responder.workbench.stamp import Change, Stamp

__all__ = ["preregistration_text"]


def preregistration_text(stamp: Stamp, changes: tuple[Change, ...], lang: Language) -> str:
    """Return a stamped plan as Markdown: its words, then the files that the digest is of.

    Parameters
    ----------
    stamp : Stamp
        The first one.
    changes : tuple of Change
        What was changed since; see `responder.workbench.stamp.changes_since`.
    lang : str
        Of the words.
    """
    voice = Voice(lang, "preregistration")
    is_shipped = "\n" not in stamp.study
    study = load_study(stamp.study) if is_shipped else parse_model(tomllib.loads(stamp.study), Study, "study.toml")
    plan = parse_model(tomllib.loads(stamp.experiment), Experiment, "experiment")
    traits = [study.trait(name) for name in plan.traits] if plan.traits else list(study.baseline_traits)
    named = [_with_unit(voice.of(trait.label.given), trait.unit) for trait in traits]
    test = plan.permutation
    parts = [
        f"# {voice('head', title=study.title.given)}",
        voice("stamped", time=stamp.time, digest=stamp.digest),
        f"## {voice('question')}",
        _listed(
            [
                voice("intervention", text=study.intervention.given),
                voice("population", text=study.population.given),
                voice("response", rule=rule_words(study, study.endpoint)),
                voice("traits", names=named),
            ]
        ),
        f"## {voice('analysis')}",
        _listed(
            [
                voice("primary", model=model_title(plan.primary_model)),
                voice("models", names=[model_title(m) for m in plan.models]),
                voice(f"test_{test.side.replace('-', '_')}", alpha=test.alpha, exact=test.most_exact, draws=test.draws),
                voice("seed", seed=plan.seed),
            ]
        ),
        f"## {voice('hypotheses')}",
        _listed(_hypotheses(study, voice)) or voice("no_hypotheses"),
        f"## {voice('tables')}",
        _listed([f"{name}: SHA-256 `{digest}`" for name, digest in stamp.tables.items()]),
        f"## {voice('changed')}",
        _listed([voice("change", place=c.key, before=c.before or "-", after=c.after or "-") for c in changes])
        or say("workbench.stamp.unchanged", lang),
        f"## {voice('files')}",
        voice("files_are"),
        *([f"`{stamp.study}`"] if is_shipped else [_fenced(stamp.study)]),
        _fenced(stamp.experiment),
    ]
    return "\n\n".join(parts) + "\n"


def _with_unit(label: str, unit: str) -> str:
    return f"{label} ({unit})" if unit and unit not in label else label


def _hypotheses(study: Study, voice: Voice) -> list[str]:
    said = []
    for hypothesis in study.hypotheses:
        parts = [
            Phrase(f"preregistration.part_{part.direction}", {"feature": part.feature}) for part in hypothesis.parts
        ]
        about = {"id": hypothesis.id, "statement": hypothesis.statement.given, "parts": parts}
        said.append(voice("hypothesis_any" if hypothesis.holds_when == "any" else "hypothesis", **about))
    return said


def _listed(lines: list[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _fenced(text: str) -> str:
    return f"```toml\n{text.rstrip()}\n```"
