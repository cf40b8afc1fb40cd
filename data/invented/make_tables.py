"""Make the tables of invented patients that the experiments on other diseases run on.

The published tables of these studies stay outside the project. What stands here has their columns and their numbers
of patients, and nothing else of them: every value is drawn, and so are the effects. ``provenance.toml`` says so.

Run ``python data/invented/make_tables.py`` to rewrite all files, byte for byte the same, or with ``--check`` to compare
only (exit code 1 when one differs).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from responder.evidence import simulate_cohort, simulated_provenance
from responder.study import load_study
from responder.study.model import Study, StudySimulation

HERE = Path(__file__).parent
STUDIES = HERE.parents[1] / "experiments" / "studies"
SEED = 2025


def normal(median: float, spread: float, decimals: int = 0) -> dict[str, object]:
    return {"kind": "normal", "median": median, "spread": spread, "decimals": decimals}


def lognormal(median: float, spread: float, decimals: int = 1) -> dict[str, object]:
    return {"kind": "lognormal", "median": median, "spread": spread, "decimals": decimals}


LEUKAEMIA = {
    "age_years": normal(50, 17),
    "highest_temperature_10f": normal(995, 15),
    "smear_blasts_percent": normal(65, 20),
    "marrow_infiltrate_percent": normal(45, 20),
    "labelling_index_percent": lognormal(9, 1.7, 0),
    "blasts_thousands": lognormal(10, 4),
}
LEUKAEMIA_EFFECTS = {"age_years": -1.0, "labelling_index_percent": 1.4, "highest_temperature_10f": -1.0}

VACCINE = {
    "sex": {"kind": "bernoulli", "probability": 0.45},
    "age_years": normal(70, 6),
    "frailty_index": lognormal(0.1, 1.8, 2),
    "cmv_positive": {"kind": "bernoulli", "probability": 0.6},
    "cd4_per_ul": lognormal(500, 1.4),
    "th1_per_ul": lognormal(80, 1.8),
    "th17_per_ul": lognormal(35, 1.8),
}
# patients of each arm, and what goes with response there: one arm has a signal, the other is a negative control
ARMS = {"Prevnar-13": (19, {"log_th1_th17_ratio": 2.5}), "Pneumovax-23": (20, {})}


def draw(study: Study, n: int, traits: dict, effects: dict[str, float], rng: np.random.Generator) -> pd.DataFrame:
    simulation = StudySimulation(prevalence=0.5, traits=traits, log_odds_per_sd=effects)
    return simulate_cohort(study.model_copy(update={"simulation": simulation}), n, rng)[0]


def make_tables() -> dict[str, pd.DataFrame]:
    """Return each table by the name of its file without ending."""
    rng = np.random.default_rng(SEED)
    leukaemia = draw(load_study(str(STUDIES / "leukemia51_aml.toml")), 51, LEUKAEMIA, LEUKAEMIA_EFFECTS, rng)
    vaccine = load_study(str(STUDIES / "pneumo_vaccine39_flow.toml"))
    arms = []
    for arm, (n, effects) in ARMS.items():
        table = draw(vaccine, n, VACCINE, effects, rng)
        table.insert(1, "vaccine", arm)
        arms.append(table)
    both = pd.concat(arms, ignore_index=True)
    both[vaccine.id_column] = [f"S{i:03d}" for i in range(1, len(both) + 1)]
    return {"leukaemia_induction": leukaemia, "pneumococcal_vaccine": both}


def make_files() -> dict[str, str]:
    """Return the text of each file by its name."""
    tables = make_tables()
    files = {f"{name}.csv": table.to_csv(index=False, lineterminator="\n") for name, table in tables.items()}
    labels = [simulated_provenance(name, list(table.columns)) for name, table in tables.items()]
    drawn = "the study's [simulation], which is an assumption"
    assumed = "the distributions in make_tables.py, which are assumptions"
    return files | {"provenance.toml": "\n".join(labels).replace(drawn, assumed)}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a file differs")
    check = parser.parse_args(arguments).check
    different = []
    for name, text in make_files().items():
        path = HERE / name
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        different.append(name)
        if not check:
            path.write_text(text, encoding="utf-8", newline="\n")
    print(("differs: " if check else "written: ") + ", ".join(different) if different else "unchanged")
    return 1 if check and different else 0


if __name__ == "__main__":
    sys.exit(main())
