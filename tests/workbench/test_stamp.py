"""What was changed since a plan was stamped, value by value."""

from dataclasses import replace

import pytest

from responder.workbench.stamp import Stamp, changes_since

STUDY = 'id = "mine"\n[[trait]]\nname = "crp"\nunit = "mg/L"\n[[hypothesis]]\nid = "H1"\nholds_when = "all"\n'
FIRST = Stamp("2026-11-29 08:00:00", "a", {"cohort.csv": "1"}, STUDY, 'seed = 1\ntraits = ["crp"]\n')


@pytest.mark.parametrize(
    ("now", "changes"),
    [
        (replace(FIRST, time="later", digest="b"), []),
        (replace(FIRST, experiment='seed = 2\ntraits = ["crp"]\n'), [("seed", "1", "2")]),
        (replace(FIRST, experiment="seed = 1\n"), [("traits", '["crp"]', "")]),
        (replace(FIRST, study=STUDY.replace("mg/L", "mg/dL")), [("trait.crp.unit", '"mg/L"', '"mg/dL"')]),
        (replace(FIRST, study=STUDY.replace('"all"', '"any"')), [("hypothesis.H1.holds_when", '"all"', '"any"')]),
        (replace(FIRST, tables={"cohort.csv": "1", "flow.csv": "3"}), [("flow.csv", "", "3")]),
        (replace(FIRST, tables={"cohort.csv": "2"}), [("cohort.csv", "1", "2")]),
    ],
)  # fmt: skip
def test_every_value_that_was_changed_is_listed_and_no_other(now, changes):
    assert [(change.key, change.before, change.after) for change in changes_since(FIRST, now)] == changes
