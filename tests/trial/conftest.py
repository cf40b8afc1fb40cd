"""The reference table of visits, its results, and small tables to break."""

import pytest

from responder.study import load_study
from responder.trial import analyse_trial, read_visits, scan_visits

HEADER = "patient_id,week,organs,rpdai,prednisone_mg_per_day,treg_percent_of_cd4,treg_per_ul,tcon_per_ul,adverse_events"
ROWS = (
    "P1,0,ear_nose,9,10,3.1,13,360,none",
    "P1,4,ear_nose,9,10,7.3,31,355,rash",
    "P1,12,none,0,5,6.0,25,351,none",
    "P2,0,ear_nose;airway,23,15,4.7,18,340,none",
    "P2,4,airway,14,15,10.1,42,319,injection-site reaction;rash",
    "P2,8,airway,14,10,8.6,34,329,none",
    "P2,12,airway,14,15,9.0,32,293,none",
    "P3,0,airway,14,0,3.8,22,489,none",
    "P3,4,airway,14,0,7.4,42,456,none",
)


@pytest.fixture
def rows_of_three():
    """Three patients: one who missed week 8, one seen at every visit, one who left after week 4."""
    return ROWS


@pytest.fixture
def header_of_three():
    return HEADER


@pytest.fixture(scope="session")
def study():
    return load_study("rp-ld-il2")


@pytest.fixture(scope="session")
def reference_file(root):
    return root / "data" / "rp_ld_il2" / "visits.csv"


@pytest.fixture(scope="session")
def reference(reference_file, study):
    return analyse_trial(read_visits(reference_file, study))


@pytest.fixture
def visits_file(tmp_path):
    """Write a table of visits from rows of text."""

    def write(rows=ROWS, header=HEADER):
        path = tmp_path / "visits.csv"
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        return path

    return write


@pytest.fixture
def scan(visits_file, study):
    """Scan a table of visits; return the scan and its findings by code."""

    def scanned(rows=ROWS, header=HEADER, **options):
        found = scan_visits(visits_file(rows, header), study, **options)
        by_code = {}
        for finding in found.findings:
            by_code.setdefault(finding.code, []).append(finding)
        return found, by_code

    return scanned
