"""A fitted estimator of another package as a skops file: no pickle, and read only by types that the reader trusts.

A bundle cannot hold code. Where an experiment asks for it (``estimators.keep``), the estimator is kept beside the
reason why there is no bundle, with what prepares its features, and with the types that reading it takes on trust.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from responder.errors import DataRefusedError, UsageError
from responder.experiment.config import Experiment
from responder.experiment.estimators import KEEP_KEY
from responder.features.spec import FittedFeatures
from responder.models.fitted import FittedPipeline
from responder.models.foreign import ForeignDecision
from responder.words import Phrase

__all__ = ["ESTIMATOR_FILE", "KeptEstimator", "kept_estimator", "read_estimator"]

ESTIMATOR_FILE = "estimator.skops"
_IDS = re.compile(r'(?<="__id__": )\d+|(?<=")\d+(?=\.np[yz]")')
_ANY_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class KeptEstimator:
    """What became of a fitted estimator that no bundle can hold.

    Attributes
    ----------
    content : bytes
        The skops file; empty where skops cannot store it.
    trusted : tuple of str
        Types that a reader has to trust beside those of NumPy and scikit-learn that skops knows.
    statement : Phrase
        Both in words.
    """

    content: bytes
    trusted: tuple[str, ...]
    statement: Phrase


def kept_estimator(fitted: FittedPipeline, wanted: Experiment) -> KeptEstimator | None:
    """Return a fitted estimator as a file; None where the experiment does not ask for it, or a bundle holds it."""
    decision = fitted.decision
    if not isinstance(decision, ForeignDecision) or not wanted.estimators.get(KEEP_KEY, False):
        return None
    try:
        content, trusted = _file_of(fitted.features, decision)
    except Exception as error:  # noqa: BLE001 - an estimator is anybody's code, and skops meets it with anything
        problem = next(iter(str(error).splitlines()), type(error).__name__)
        return KeptEstimator(b"", (), Phrase("no_bundle.not_kept", {"problem": problem}))
    place = f"{wanted.output.bundle or f'models/{wanted.name}'}/{ESTIMATOR_FILE}"
    code, types = ("kept", {"types": list(trusted)}) if trusted else ("kept_known", {})
    return KeptEstimator(content, trusted, Phrase(f"no_bundle.{code}", {"file": place, **types}))


def read_estimator(path: str | Path, trust: Sequence[str] = ()) -> FittedPipeline:
    """Read a kept estimator back: from encoded values to a logit, as it was when it was trained.

    It needs the versions of scikit-learn and of the estimator's package that trained it.

    Parameters
    ----------
    path : str or Path
        ``models/NAME/estimator.skops``.
    trust : sequence of str
        Types that the file holds beside those that skops knows; training names them.

    Raises
    ------
    UsageError
        If the file holds types that are not trusted; it names them, and nothing of it is run.
    DataRefusedError
        If it is not such a file.
    """
    from skops import io as skops_io

    try:
        content = Path(path).read_bytes()
        untrusted = sorted(set(skops_io.get_untrusted_types(data=content)) - set(trust))
    except (OSError, KeyError, ValueError, TypeError, AttributeError, zipfile.BadZipFile) as error:
        raise DataRefusedError("estimator_unreadable", where=str(path)) from error
    if untrusted:
        raise UsageError("estimator_untrusted", where=str(path), types=untrusted)
    held = skops_io.loads(content, trusted=list(trust))
    try:
        features = FittedFeatures.from_json(json.loads(held["features"]))
        return FittedPipeline(features, ForeignDecision(held["estimator"]))
    except (KeyError, TypeError, ValueError) as error:
        raise DataRefusedError("estimator_unreadable", where=str(path)) from error


def _file_of(features: FittedFeatures, decision: ForeignDecision) -> tuple[bytes, tuple[str, ...]]:
    from skops import io as skops_io

    held = {"estimator": decision.fitted, "features": json.dumps(features.to_json())}
    content = _same_bytes(skops_io.dumps(held))
    return content, tuple(sorted(skops_io.get_untrusted_types(data=content)))


def _same_bytes(content: bytes) -> bytes:
    """Return a skops file without the hour and the memory addresses that name its parts: one seed, the same bytes."""
    given = zipfile.ZipFile(io.BytesIO(content))
    schema = given.read("schema.json").decode()
    number = {old: str(at) for at, old in enumerate(dict.fromkeys(_IDS.findall(schema)))}
    parts = {"schema.json": _IDS.sub(lambda found: number[found[0]], schema).encode()}
    for name in given.namelist():
        stem, _, ending = name.partition(".")
        if name != "schema.json":
            parts[f"{number[stem]}.{ending}"] = given.read(name)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as file:
        for name in sorted(parts):
            file.writestr(zipfile.ZipInfo(name, _ANY_DATE), parts[name])
    return written.getvalue()
