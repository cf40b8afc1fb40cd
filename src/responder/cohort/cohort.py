"""A cohort: who was measured, what was found, what became of them, and where each number comes from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from responder.arrays import FloatArray, IntArray
from responder.cohort.findings import Findings
from responder.cohort.landmark import Landmark
from responder.study.model import Endpoint, Study
from responder.words import Phrase

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Cohort", "Provenance", "illustration", "not_observed"]


class Provenance(StrEnum):
    """Where the values of a column come from."""

    OBSERVED = "observed"
    RECONSTRUCTED = "reconstructed"
    SIMULATED = "simulated"


def not_observed(kinds: Iterable[Provenance]) -> tuple[Provenance, ...]:
    """Return the kinds of provenance that are not observation, each once, gravest last."""
    found = set(kinds)
    return tuple(kind for kind in (Provenance.RECONSTRUCTED, Provenance.SIMULATED) if kind in found)


def illustration(kinds: Iterable[Provenance]) -> Phrase | None:
    """Return what values rest on, such as reconstructed and simulated ones; None where every kind is observed.

    Examples
    --------
    >>> print(illustration([Provenance.OBSERVED, Provenance.SIMULATED]))
    illustrative: rests on simulated values
    """
    found = tuple(Phrase(f"provenance.{kind}") for kind in not_observed(kinds))
    return Phrase("illustration", {"kinds": found}) if found else None


@dataclass(frozen=True, repr=False)
class Cohort:
    """A checked cohort, one row per patient; a notebook shows how many, and nothing of a patient.

    Attributes
    ----------
    study : Study
        What is measured.
    endpoint : Endpoint
        What counts as response.
    ids : tuple of str
        Pseudonyms of the n patients.
    columns : tuple of str
        Numeric columns of the baseline traits in use; a set-valued trait has one a level (``organs=airway``).
    values : ndarray of float, shape (n, len(columns))
        Baseline values in the study's units; ``nan`` where missing.
    outcome : ndarray of int, shape (n,)
        1 responder, 0 not.
    strata : tuple of str
        Stratum of each patient (centre, batch), or empty.
    provenance : Mapping[str, Provenance]
        Of each trait in use, and of the endpoint's column.
    findings : Findings
        What intake and checks saw.
    source : str
        The file, as the user named it.
    landmark : Landmark, optional
        Of a landmark analysis: who was left out, and why. Its `values` are known at that week alone.
    left_out : tuple of str
        Patients of the table who are not in the cohort; findings name them.
    """

    study: Study
    endpoint: Endpoint
    ids: tuple[str, ...]
    columns: tuple[str, ...]
    values: FloatArray
    outcome: IntArray
    strata: tuple[str, ...] = ()
    provenance: Mapping[str, Provenance] = field(default_factory=dict)
    findings: Findings = field(default_factory=Findings)
    source: str = ""
    landmark: Landmark | None = None
    left_out: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Cohort({self.study.id!r}, n={self.n}, responders={self.responders})"

    @property
    def n(self) -> int:
        """Number of patients."""
        return len(self.ids)

    @property
    def everybody(self) -> tuple[str, ...]:
        """Ids of the n patients, then of those left out: whom findings may name."""
        return (*self.ids, *self.left_out)

    @property
    def responders(self) -> int:
        """Number of responders."""
        return int(self.outcome.sum())

    @property
    def smaller_class(self) -> int:
        """Size of the smaller outcome class."""
        return min(self.responders, self.n - self.responders)

    @property
    def traits(self) -> tuple[str, ...]:
        """The baseline traits in use, in the order of the columns."""
        return tuple(dict.fromkeys(column.split("=")[0] for column in self.columns))

    @property
    def rests_on(self) -> tuple[Provenance, ...]:
        """The kinds of provenance that are not observation, gravest last; empty for real data."""
        return not_observed(self.provenance.values())

    @property
    def illustration(self) -> Phrase | None:
        """What the values rest on, such as reconstructed and simulated ones; None for observed data."""
        return illustration(self.provenance.values())

    @property
    def digest(self) -> str:
        """SHA-256 of the columns, values, ids and outcome: the identity of the data set."""
        hasher = hashlib.sha256(json.dumps([self.columns, self.ids, self.endpoint.name]).encode())
        hasher.update(np.ascontiguousarray(self.values).tobytes())
        hasher.update(np.ascontiguousarray(self.outcome).tobytes())
        return hasher.hexdigest()

    def frame(self) -> pd.DataFrame:
        """Return the numeric baseline table with ids as index and the outcome as last column."""
        import pandas as pd

        table = pd.DataFrame(self.values, columns=list(self.columns), index=pd.Index(self.ids, name="patient_id"))
        table[self.endpoint.name] = self.outcome
        return table

    def to_json(self) -> dict[str, Any]:
        """Return what may be told about the cohort without telling any patient's value."""
        return {
            "study": self.study.id,
            "endpoint": self.endpoint.name,
            "source": self.source,
            "n": self.n,
            "responders": self.responders,
            "traits": list(self.traits),
            "missing": {c: int(np.isnan(v).sum()) for c, v in zip(self.columns, self.values.T, strict=True)},
            "provenance": {name: str(kind) for name, kind in self.provenance.items()},
            "illustration": self.illustration and self.illustration.to_json(),
            "digest": self.digest,
            **({"landmark": self.landmark.to_json()} if self.landmark is not None else {}),
            **self.findings.to_json(),
        }

    def with_findings(self, findings: Findings) -> Cohort:
        """Return the same cohort with other findings."""
        return replace(self, findings=findings)
