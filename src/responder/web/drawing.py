"""Where the lines of the two drawings go: the probability on its scale, and the steps that lead to it.

Places are percent of the drawing's width, so that a drawing stretches with the page while its text does not.
"""

from __future__ import annotations

from dataclasses import dataclass

from responder.score.scorer import Score

__all__ = ["ProbabilityBar", "Span", "Step", "Waterfall", "probability_bar", "waterfall"]

SMALLEST_WIDTH = 0.5


@dataclass(frozen=True)
class Span:
    """A piece of a scale: where it starts, and how wide it is."""

    x: float
    width: float

    @classmethod
    def between(cls, one: float, other: float) -> Span:
        """Return the span between two places, wide enough to be seen and inside the drawing."""
        width = max(SMALLEST_WIDTH, abs(other - one))
        return cls(max(0.0, min(one, other, 100.0 - width)), width)


@dataclass(frozen=True)
class ProbabilityBar:
    """A score on a scale from 0 to 1."""

    probability: float
    interval: Span | None
    stability: Span | None
    venn_abers: Span | None
    prevalence: float
    prevalence_interval: Span


@dataclass(frozen=True)
class Step:
    """One contribution: a bar from where the last one ended."""

    label: str
    text: str
    span: Span
    raises: bool


@dataclass(frozen=True)
class Waterfall:
    """The steps from the base value to the logit."""

    steps: tuple[Step, ...]
    base: float
    base_text: str
    logit: float
    logit_text: str


def probability_bar(score: Score) -> ProbabilityBar | None:
    """Return the places of a score on the scale, or None where no probability is given."""
    if score.probability is None:
        return None
    standing = score.standing
    return ProbabilityBar(
        100.0 * score.probability,
        _share(None if score.interval is None else (score.interval.lower, score.interval.upper)),
        _share(score.stability),
        _share(score.venn_abers),
        100.0 * standing.prevalence,
        Span.between(100.0 * standing.prevalence_lower, 100.0 * standing.prevalence_upper),
    )


def _share(limits: tuple[float, float] | None) -> Span | None:
    """Return the place of two limits on the scale, where there are any."""
    return None if limits is None else Span.between(100.0 * limits[0], 100.0 * limits[1])


def waterfall(score: Score, language: str) -> Waterfall | None:
    """Return the steps of a score; None where they are held back, or too costly to compute."""
    if score.base_value is None or score.logit is None or not score.attributions:
        return None
    ends = [score.base_value]
    for part in score.told_attributions:
        ends.append(ends[-1] + part.contribution)
    low, span = min(ends), (max(ends) - min(ends)) or 1.0
    places = [100.0 * (end - low) / span for end in ends]
    steps = tuple(
        Step(
            part.label.in_language(language),
            _signed(part.contribution),
            Span.between(places[index], places[index + 1]),
            part.contribution > 0,
        )
        for index, part in enumerate(score.told_attributions)
    )
    return Waterfall(steps, places[0], _signed(score.base_value), places[-1], _signed(score.logit))


def _signed(logits: float) -> str:
    return f"{logits:+.2f}".replace("-", "−")
