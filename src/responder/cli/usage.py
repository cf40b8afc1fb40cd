"""Mistakes in a command line, said from what kind of mistake it is and what kind of value was due."""

from __future__ import annotations

import click
from click.types import IntParamType

from responder.errors import UsageError, nearest
from responder.words import Phrase

__all__ = ["is_range", "range_of", "usage_error"]


def usage_error(exception: click.ClickException, command: str) -> UsageError:
    """Return what, where and how to fix it, for what click found wrong.

    Parameters
    ----------
    exception : click.ClickException
        What was raised.
    command : str
        The command that was running, such as ``responder check``.
    """
    if isinstance(exception, click.NoSuchOption):
        return _unknown("no_such_option", exception.option_name, exception.possibilities, command)
    if isinstance(exception, click.NoSuchCommand):
        return _unknown("no_such_command", exception.command_name, exception.possibilities, command)
    if isinstance(exception, click.BadParameter) and exception.param is not None:
        return _of_parameter(exception, exception.param, command)
    if isinstance(exception, click.BadOptionUsage):
        parameters = exception.ctx.command.params if exception.ctx is not None else []
        flag = any(exception.option_name in p.opts and getattr(p, "is_flag", False) for p in parameters)
        case = "option_takes_no_value" if flag else "option_needs_value"
        return UsageError(case, where=command, name=exception.option_name, command=command)
    return UsageError("command_line_not_understood", where=command, command=command)


def _unknown(case: str, name: str, known: list[str] | None, command: str) -> UsageError:
    near = nearest(name, known or ())
    hint = Phrase("hint.did_you_mean", {"name": near}) if near else ""
    return UsageError(case, where=command, hint=hint, name=name, command=command)


def _of_parameter(exception: click.BadParameter, parameter: click.Parameter, command: str) -> UsageError:
    name = parameter.opts[0] if isinstance(parameter, click.Option) else parameter.human_readable_name
    due = _due(parameter.type)
    hint = Phrase("hint.give", {"due": due}) if due is not None else ""
    case = f"missing_{parameter.param_type_name}" if isinstance(exception, click.MissingParameter) else "bad_value"
    return UsageError(case, where=command, hint=hint, name=name, command=command)


def _due(kind: click.ParamType[object]) -> Phrase | None:
    """Return what a parameter takes, or None where it takes any text."""
    if isinstance(kind, click.Choice):
        return Phrase("due.choice", {"choices": [str(choice) for choice in kind.choices]})
    number = "whole_number" if isinstance(kind, IntParamType) else "number"
    if is_range(kind):
        return Phrase(f"due.{number}_in", {"range": range_of(kind)})
    return Phrase(f"due.{number}") if isinstance(kind, type(click.INT) | type(click.FLOAT)) else None


def is_range(kind: click.ParamType[object]) -> bool:
    """Return whether a parameter takes a number within limits."""
    return isinstance(kind, click.IntRange | click.FloatRange)


def range_of(kind: click.ParamType[object]) -> Phrase:
    """Return the limits of a parameter that takes a number within limits.

    Examples
    --------
    >>> str(range_of(click.IntRange(1, 64))), str(range_of(click.IntRange(min=0)))
    ('1 to 64', '0 or more')
    """
    assert isinstance(kind, click.IntRange | click.FloatRange)
    limits = {"lower": _shown(kind.min), "upper": _shown(kind.max)}
    if kind.max is None:
        return Phrase("range.least", limits)
    return Phrase("range.open" if kind.min_open else "range.half_open" if kind.max_open else "range.closed", limits)


def _shown(limit: float | None) -> float | None:
    return int(limit) if limit is not None and limit == int(limit) else limit
