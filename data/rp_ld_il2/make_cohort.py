"""Make the reference cohort of the RP trial: ``cohort.csv`` and ``visits.csv``.

No value of any participant is public.  RPDAI and organs follow the one assignment that fits every
published number under a simple model (README.md); age, duration and prednisone are drawn to fit
their published medians and ranges; Treg, Tcon and CD4 are simulated, independently of outcome.
``provenance.toml`` says of each column which it is.

Run ``python data/rp_ld_il2/make_cohort.py`` to rewrite both files, byte for byte the same, or with
``--check`` to compare only (exit code 1 when they differ).
"""

from __future__ import annotations

import argparse
import csv
import io
import math
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from responder.study.instruments.rp.rpdai import RPDAI_WEIGHTS, score_rpdai

HERE = Path(__file__).parent
SEED = 2025  # chosen before the first draw and never changed since: what came is what stands
WEEKS = (0, 4, 8, 12)
COMPLETERS = tuple(f"P{number:02d}" for number in (1, 2, 3, 4, 5, 6, 7, 8, 10))
WITHDRAWN = "P09"  # left at week 4 for a non-medical reason
AIRWAY_RESPONDER = "P04"  # the one whose airway wall thickening was clearly better

# (ear or nose chondritis, airway chondritis, airway still active at week 12) of the nine completers
# under the simple model: RPDAI 23->0 for P04, and 9->0 five times, 23->14, 14->14 twice.
AIRWAY_RESPONDER_COURSE = (True, True, False)
OTHER_COURSES = [(True, False, False)] * 5 + [(True, True, True)] + [(False, True, True)] * 2

# Auricular 67.6% and nasal 14.7% of 34 patients (Kyoto 2022, doi 10.1186/s13075-022-02810-0); a score
# of 9 or 23 leaves room for exactly one of the two.
NASAL_SHARE = 14.7 / (67.6 + 14.7)

# Medians of RP, n = 19 (Hu 2021, PMID 32573423). Spreads, as SD of the natural logarithm, are those of
# the healthy 95% ranges 2.17-7.94% and 360-1127 CD4/ul (n = 150, BioStudies S-EPMC7397677).
TREG_PERCENT_MEDIAN, TREG_PERCENT_LOG_SD = 3.78, math.log(7.94 / 2.17) / (2 * 1.96)
CD4_MEDIAN, CD4_LOG_SD = 22.48 / 0.0378, math.log(1127 / 360) / (2 * 1.96)

# Assumptions, published nowhere: that CD25low CD127+ cells (Tcon) are 85-95% of the CD4 cells that are
# not Treg; by how much the Treg share rises (published: only that it rose, P < 0.05); how much CD4
# wavers between visits; how often an injection-site reaction is reported at a visit on treatment.
TCON_SHARE_OF_REST = (0.85, 0.95)
TREG_FOLD_MEDIAN = {4: 2.0, 8: 1.6, 12: 1.6}  # daily dosing up to week 4, weekly after it
TREG_FOLD_LOG_SD_PATIENT, TREG_FOLD_LOG_SD_VISIT = 0.15, 0.10
CD4_VISIT_LOG_SD = 0.05
INJECTION_SITE_REACTION_PROBABILITY = 0.5

COHORT_COLUMNS = (
    "patient_id", "sex", "age_years", "disease_duration_years", "organs", "rpdai", "prednisone_mg_per_day",
    "treg_percent_of_cd4", "treg_per_ul", "tcon_per_ul", "cd4_per_ul",
    "rpdai_week12", "prednisone_mg_per_day_week12", "treg_per_ul_week4", "treg_per_ul_week12",
)  # fmt: skip
VISIT_COLUMNS = (
    "patient_id", "week", "sex", "age_years", "disease_duration_years", "organs", "rpdai", *RPDAI_WEIGHTS,
    "prednisone_mg_per_day", "treg_percent_of_cd4", "treg_per_ul", "tcon_per_ul", "cd4_per_ul",
    "adverse_events", "infection",
)  # fmt: skip


@dataclass(frozen=True)
class Course:
    """Which cartilage was inflamed at baseline, and the week from which it no longer was (None: never)."""

    ear_nose_item: str | None
    ear_nose_clear_from: int | None
    airway: bool
    airway_clear_from: int | None

    def active_items(self, week: int) -> set[str]:
        items = set()
        if self.ear_nose_item and not _cleared(self.ear_nose_clear_from, week):
            items.add(self.ear_nose_item)
        if self.airway and not _cleared(self.airway_clear_from, week):
            items.add("respiratory_chondritis")
        return items


def _cleared(week_of_clearing: int | None, week: int) -> bool:
    return week_of_clearing is not None and week >= week_of_clearing


def draw_courses(rng: np.random.Generator) -> dict[str, Course]:
    others = [patient for patient in COMPLETERS if patient != AIRWAY_RESPONDER]
    order = rng.permutation(len(OTHER_COURSES))
    kinds = {patient: OTHER_COURSES[index] for patient, index in zip(others, order, strict=True)}
    kinds[AIRWAY_RESPONDER] = AIRWAY_RESPONDER_COURSE
    kinds[WITHDRAWN] = (True, False, False)  # nothing is published of this participant's disease
    courses = {}
    for patient in sorted(kinds):
        ear_nose, airway, airway_stays = kinds[patient]
        item = "nasal_chondritis" if rng.random() < NASAL_SHARE else "auricular_chondritis"
        ear_nose_week, airway_week = (int(week) for week in rng.choice(WEEKS[1:], size=2))
        courses[patient] = Course(
            ear_nose_item=item if ear_nose else None,
            ear_nose_clear_from=ear_nose_week if ear_nose else None,
            airway=airway,
            airway_clear_from=airway_week if airway and not airway_stays else None,
        )
    return courses


def draw_with_median_and_range(rng: np.random.Generator, grid: np.ndarray, n: int, median: float) -> np.ndarray:
    """Draw n grid values whose smallest is the grid's first, largest its last, and whose median is given."""
    middle = [median] if n % 2 else [median, median]
    below = rng.choice(grid[grid <= median], size=(n - len(middle)) // 2 - 1)
    above = rng.choice(grid[grid >= median], size=(n - len(middle)) // 2 - 1)
    return rng.permutation(np.concatenate([[grid[0]], below, middle, above, [grid[-1]]]))


def draw_prednisone(rng: np.random.Generator) -> dict[str, dict[int, float]]:
    """Draw the dose by visit in steps of 2.5 mg/day: stable to week 4, lower in six of eight by week 12."""
    step = 2.5
    taking = sorted(rng.choice(COMPLETERS, size=8, replace=False))
    doses = dict(zip(taking, draw_with_median_and_range(rng, np.arange(10, 22.6, step), 8, 15), strict=True))
    sparing = set(rng.choice(taking, size=6, replace=False))
    by_visit = {}
    for patient in (*COMPLETERS, WITHDRAWN):
        first = float(doses.get(patient, 0.0)) if patient != WITHDRAWN else 15.0
        last = first
        if patient in sparing:
            lowest, highest = math.ceil(first / 3 / step), math.floor(0.75 * first / step)
            last = step * int(rng.integers(lowest, highest + 1))
        between = step * math.ceil((first + last) / 2 / step)
        by_visit[patient] = {0: first, 4: first, 8: between, 12: last}
    return by_visit


def draw_cells(rng: np.random.Generator) -> dict[int, dict[str, float]]:
    """Draw one patient's Treg, Tcon and CD4 by visit; nothing else about the patient is an input."""
    percent = TREG_PERCENT_MEDIAN * math.exp(TREG_PERCENT_LOG_SD * rng.normal())
    cd4 = CD4_MEDIAN * math.exp(CD4_LOG_SD * rng.normal())
    tcon_share = rng.uniform(*TCON_SHARE_OF_REST)
    own_rise = TREG_FOLD_LOG_SD_PATIENT * rng.normal()
    visits = {}
    for week in WEEKS:
        noise_cd4, noise_treg = rng.normal(size=2)
        fold, cd4_now = 1.0, cd4
        if week:
            fold = TREG_FOLD_MEDIAN[week] * math.exp(own_rise + TREG_FOLD_LOG_SD_VISIT * noise_treg)
            cd4_now = cd4 * math.exp(CD4_VISIT_LOG_SD * noise_cd4)
        cells = round(cd4_now)
        share = round(percent * fold, 2)
        treg = round(cells * share / 100, 2)
        visits[week] = {
            "treg_percent_of_cd4": share,
            "treg_per_ul": treg,
            "tcon_per_ul": round((cells - treg) * tcon_share, 1),
            "cd4_per_ul": cells,
        }
    return visits


def make_tables(seed: int = SEED) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Return the rows of ``cohort.csv`` and ``visits.csv``."""
    # One stream a subject matter: redrawing one of them leaves the others as they are.
    streams = (np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(6))
    rng_courses, rng_age, rng_duration, rng_prednisone, rng_cells, rng_events = streams
    courses = draw_courses(rng_courses)
    ages = draw_with_median_and_range(rng_age, np.arange(30, 63), 9, 39)
    durations = draw_with_median_and_range(rng_duration, np.arange(0.5, 4.1, 0.5), 9, 2)
    prednisone = draw_prednisone(rng_prednisone)

    people: dict[str, dict[str, object]] = {
        patient: {"sex": "female", "age_years": int(age), "disease_duration_years": float(duration)}
        for patient, age, duration in zip(COMPLETERS, ages, durations, strict=True)
    }

    visits: list[dict[str, object]] = []
    for patient in sorted(courses):
        cells = draw_cells(rng_cells)
        reactions = rng_events.random(len(WEEKS)) < INJECTION_SITE_REACTION_PROBABILITY
        for week, reaction in zip(WEEKS, reactions, strict=True):
            if patient == WITHDRAWN and week > 4:
                continue
            visits.append(
                {"patient_id": patient, "week": week}
                | (people.get(patient, {}) if week == 0 else {})  # of who withdrew nothing is published
                | disease_at_visit(courses[patient].active_items(week))
                | {"prednisone_mg_per_day": prednisone[patient][week]}
                | cells[week]
                | {
                    "adverse_events": "injection_site_reaction" if week and reaction else "none",
                    "infection": 0,
                }
            )
    at = {(row["patient_id"], row["week"]): row for row in visits}
    cohort = [
        {column: at[patient, 0].get(column) for column in COHORT_COLUMNS}
        | {
            "rpdai_week12": at[patient, 12]["rpdai"],
            "prednisone_mg_per_day_week12": at[patient, 12]["prednisone_mg_per_day"],
            "treg_per_ul_week4": at[patient, 4]["treg_per_ul"],
            "treg_per_ul_week12": at[patient, 12]["treg_per_ul"],
        }
        for patient in COMPLETERS
    ]
    return cohort, visits


def disease_at_visit(active: set[str]) -> dict[str, object]:
    """Return organs, RPDAI and its 27 items; "none" is an answer, where an empty cell would be a gap."""
    organs = [
        organ
        for organ, items in (
            ("ear_nose", {"auricular_chondritis", "nasal_chondritis"}),
            ("airway", {"respiratory_chondritis"}),
        )
        if items & active
    ]
    items = {item: int(item in active) for item in RPDAI_WEIGHTS}
    return {"organs": ";".join(organs) or "none", "rpdai": score_rpdai(items).score} | items


def as_csv(rows: list[dict[str, object]], columns: tuple[str, ...]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({k: f"{v:.10g}" if isinstance(v, float) else v for k, v in row.items()} for row in rows)
    return text.getvalue().encode()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a file differs")
    check = parser.parse_args(arguments).check
    cohort, visits = make_tables()
    different = []
    for name, content in (
        ("cohort.csv", as_csv(cohort, COHORT_COLUMNS)),
        ("visits.csv", as_csv(visits, VISIT_COLUMNS)),
    ):
        path = HERE / name
        if path.is_file() and path.read_bytes() == content:
            continue
        different.append(name)
        if not check:
            temporary = path.with_suffix(".part")
            temporary.write_bytes(content)
            temporary.replace(path)
    print(("differs: " if check else "written: ") + ", ".join(different) if different else "unchanged")
    return 1 if check and different else 0


if __name__ == "__main__":
    sys.exit(main())
