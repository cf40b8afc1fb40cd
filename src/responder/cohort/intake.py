"""Load a cohort: what the caller asks for, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from responder.cohort.checks.leakage import OFFERED_AFTER_START
from responder.cohort.cohort import Cohort
from responder.cohort.findings import Finding, Findings
from responder.cohort.rule import TableRefusedError
from responder.cohort.scan import Scan
from responder.cohort.table import ReadOptions
from responder.errors import ConfigError, did_you_mean
from responder.names import fold_name
from responder.names.suggest import suggest
from responder.study.model import Endpoint, Study, Trait
from responder.words import Phrase

if TYPE_CHECKING:
    from responder.cohort.read import TableSource

__all__ = ["CohortScan", "load_cohort", "scan_cohort"]


@dataclass(frozen=True)
class CohortScan:
    """What a scan of a file gave.

    Attributes
    ----------
    findings : Findings
        Everything that was seen, and what became of each check.
    cohort : Cohort, optional
        The checked cohort; None when anything was refused.
    unused_numeric : tuple of str
        Columns with numbers in them that nothing uses, as the table names them.
    headers : tuple of str
        All columns, as the table names them; none where it cannot be read.
    """

    findings: Findings
    cohort: Cohort | None = None
    unused_numeric: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the scan as JSON types, without any patient's value."""
        return self.cohort.to_json() if self.cohort is not None else self.findings.to_json()


def load_cohort(
    path: TableSource,
    study: Study,
    *,
    endpoint: str | Endpoint | None = None,
    traits: Sequence[str] | None = None,
    options: ReadOptions | None = None,
    provenance: Mapping[str, str] | None = None,
    strata: str | None = None,
) -> Cohort:
    r"""Read a table as a cohort of a study, or refuse it.

    Parameters
    ----------
    path : str, Path or DataFrame
        A table in memory, or CSV, XLSX, XLS, Parquet, SAS XPT or REDCap export; one row per patient (or a patient and
        visit).
    study : Study
        What is measured; columns are found by trait name or alias.
    endpoint : str or Endpoint, optional
        Name of one of the study's endpoints; the first by default.
    traits : sequence of str, optional
        Baseline traits to use, all needed; by default those of the study that the table has.
    options : ReadOptions, optional
        How the file is read: rows to keep (``where={"vaccine": "Prevnar-13"}``), sheet, encoding, joined tables.
    provenance : Mapping[str, str], optional
        Column to ``observed``, ``reconstructed`` or ``simulated``; overrides ``provenance.toml``.
    strata : str, optional
        Column (centre, batch) within which labels may be exchanged.

    Returns
    -------
    Cohort
        With every finding that did not refuse it.

    Raises
    ------
    DataRefusedError
        If the table breaks a rule that refuses; `scan_cohort` gives all of them at once.
    ConfigError
        If the study has no such endpoint or trait.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from responder.study import load_study
    >>> lines = ["patient_id,age_years,rpdai_week12", "P1,41,0", "P2,39,14", "P3,50,0", "P4,61,9"]
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "cohort.csv"
    >>> _ = path.write_text("\n".join(lines))
    >>> cohort = load_cohort(path, load_study("rp-ld-il2"))
    >>> cohort.n, cohort.responders, cohort.traits
    (4, 2, ('age_years',))
    """
    scan = scan_cohort(
        path, study, endpoint=endpoint, traits=traits, options=options, provenance=provenance, strata=strata
    )
    scan.findings.raise_if_refused()
    assert scan.cohort is not None
    return scan.cohort


def scan_cohort(
    path: TableSource,
    study: Study,
    *,
    endpoint: str | Endpoint | None = None,
    traits: Sequence[str] | None = None,
    options: ReadOptions | None = None,
    provenance: Mapping[str, str] | None = None,
    strata: str | None = None,
) -> CohortScan:
    """Read and check a table, and return all findings instead of raising the first; see `load_cohort`.

    Raises
    ------
    ConfigError
        If the study has no such endpoint or trait: that is no matter of the table.
    """
    rule = _endpoint(study, endpoint)
    leaks, wanted = _wanted_traits(study, traits)
    intake = Scan(study, rule, wanted, required=traits is not None)
    intake.findings += leaks
    try:
        cohort = intake.run(path, options or ReadOptions(), provenance, strata)
    except TableRefusedError as error:
        intake.findings.append(error.finding)
        cohort = None
    findings = Findings(tuple(intake.findings), tuple(intake.results()))
    kept = None if cohort is None or findings.refused else cohort.with_findings(findings)
    return CohortScan(findings, kept, intake.unused_numeric, intake.headers)


def _endpoint(study: Study, endpoint: str | Endpoint | None) -> Endpoint:
    if endpoint is None:
        return study.endpoint
    if isinstance(endpoint, Endpoint):
        return endpoint
    for known in study.endpoints:
        if known.name == endpoint:
            return known
    names = [known.name for known in study.endpoints]
    where = Phrase("place.study_endpoints", {"study": study.id, "endpoints": names})
    near = did_you_mean(endpoint, names)
    raise ConfigError("cohort_no_endpoint", where=where, hint=near, study=study.id, endpoint=endpoint, names=names)


def _wanted_traits(study: Study, traits: Sequence[str] | None) -> tuple[list[Finding], tuple[Trait, ...]]:
    """Return refusals for traits that leak, and the baseline traits asked for (all, by default)."""
    if traits is None:
        return [], study.baseline_traits
    by_spelling = {fold_name(s): t for t in study.traits for s in (t.name, *t.aliases)}
    leaks, wanted = [], []
    for name in dict.fromkeys(traits):
        trait = by_spelling.get(fold_name(name))
        if trait is None:
            names = [t.name for t in study.baseline_traits]
            near = suggest(name, names)
            raise ConfigError("cohort_no_trait", where="traits", hint=near, study=study.id, trait=name, names=names)
        if trait.timing == "baseline":
            wanted.append(trait)
        else:
            case = "on_treatment" if trait.timing == "on_treatment" else "outcome"
            place = Phrase("place.study_trait", {"study": study.id, "trait": trait.name})
            leaks.append(OFFERED_AFTER_START.found(case, place, trait=trait.name))
    in_use = {trait.name for trait in wanted}
    for relation in study.relations:
        if relation.gives in in_use and relation.product not in in_use:
            # a cell of the product's column may hold another drug's dose, which only its own trait is read for
            raise ConfigError("cohort_trait_alone", where="traits", trait=relation.gives, other=relation.product)
    return leaks, tuple({trait.name: trait for trait in wanted}.values())
