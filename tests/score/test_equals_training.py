"""Whatever door a patient comes through, the model is asked about the numbers that it was trained on."""

import dataclasses
import json
import math
import random
import re
import tomllib
from types import SimpleNamespace
from urllib.parse import urlencode

import numpy as np
import pytest
from openpyxl import Workbook
from starlette.testclient import TestClient

from responder.cohort import load_cohort
from responder.cohort.json_file import profile_table
from responder.score.bundle import TraitSheet
from responder.score.files import GivenProfiles, read_profiles
from responder.score.profile import encode_profile, encode_table
from responder.study.carried import Carried
from responder.study.criteria import Criteria
from responder.study.model import Study
from responder.study.placing import TraitNames
from responder.web.app import create_app
from responder.web.form import read_form

STUDIES = 200
PATIENTS = 6
NAMES = [
    ("CD127", "CD127-"), ("CD25+", "CD25-"), ("Treg /µL", "Treg %"), ("病程", "泼尼松"), ("CD4 count", "CD4 [abs]"),
    ("IL-2Rα", "IL2"), ("Ki67", "Ki67-"), ("log10 CRP", "CRP"), ("年龄（岁数）", "性别比"), ("x²", "x"),
    ("HLA-DR-", "HLA-DR"), ("T reg.share", "T con.share"), ("Größe", "Grösse 2"), ("β2-MG", "β2"),
    ("CD4-CD8", "CD8"), ("μ-chain", "chain"),
]  # fmt: skip
UNITS = {
    "years": ["months", "个月", "weeks"], "cells/ul": ["10^9/L", "×10⁹/L", "/mm3"], "mg/day": ["g/d", "mg/天"],
    "%": ["fraction"],
}  # fmt: skip
LEVELS = [("耳", "鼻", "气道"), ("ear", "nose", "airway"), ("CD4+", "CD8 T", "B/NK")]


def make_study(rng, number):
    """A study with awkward names and units, and the table of its patients as texts."""
    traits, columns = [], {"patient_id": [f"P{i}" for i in range(PATIENTS)]}
    for at, name in enumerate(name for pair in rng.sample(NAMES, 2) for name in pair):
        unit = rng.choice([*UNITS, ""])
        traits.append(
            f'[[trait]]\nname = "trait{at}"\nkind = "continuous"\ngroup = "g"\nunit = "{unit}"\n'
            'label = { en = "x" }\n'
            f"aliases = [{json.dumps(name, ensure_ascii=False)}]\n"
        )
        header, cells = name, [cell(rng, unit) for _ in range(PATIENTS)]
        if unit and rng.random() < 0.3:
            header, cells = f"{name} ({rng.choice(UNITS[unit])})", [plain(rng) for _ in range(PATIENTS)]
        columns[rng.choice([header, f" {header}", header.upper()]).strip()] = cells
    levels = rng.choice(LEVELS)
    named = ", ".join(f"{{ name = {json.dumps(level, ensure_ascii=False)} }}" for level in levels)
    traits.append(f'[[trait]]\nname = "parts"\nkind = "set"\ngroup = "g"\nlabel = {{ en = "x" }}\nlevels = [{named}]\n')
    if rng.random() < 0.5:
        sign = rng.choice(["; ", "；", "、", "|"])
        columns["Parts"] = [sign.join(rng.sample(levels, rng.randint(1, 3))) for _ in range(PATIENTS - 1)] + ["none"]
    else:
        for level in levels:
            columns[level] = [rng.choice(["是", "no", "1", "+", "-", "ja"]) for _ in range(PATIENTS)]
    traits.append('[[trait]]\nname = "out"\nkind = "binary"\ngroup = "g"\ntiming = "outcome"\nlabel = { en = "x" }\n')
    columns["out"] = [str(i % 2) for i in range(PATIENTS)]
    head = f'schema = "responder/study/1"\nid = "s{number}"\ntitle = {{ en = "x" }}\nintervention = {{ en = "x" }}\n'
    endpoint = '[[endpoint]]\nname = "e"\nlabel = { en = "x" }\ncolumn = "out"\noperator = "=="\nthreshold = 1\n'
    text = head + 'population = { en = "x" }\n' + "\n".join([*traits, endpoint])
    return Study.model_validate(tomllib.loads(text)), columns


def plain(rng):
    return rng.choice([f"{rng.uniform(0.1, 99):.2f}", str(rng.randint(1, 99)), "", "NA"])


def cell(rng, unit):
    """One way in which somebody writes a number; never one that its column would have to decide."""
    number = f"{rng.uniform(0.1, 99):.2f}"
    ways = [number, number, f"+{number}", f"<{number}", f" {number}", "UNK", "", "１２.5", f"{number}e1"]
    ways += [f"{number} {rng.choice([unit, *UNITS[unit]])}"] if unit else []
    return rng.choice(ways)


def bundle_of(study, cohort):
    """What encoding asks of a bundle, without the training of 200 models."""
    sheets = tuple(TraitSheet.of(study.trait(name)) for name in cohort.traits)
    codes = tuple(type(sheet.code).from_json(json.loads(json.dumps(sheet.code.to_json()))) for sheet in sheets)
    starts = np.cumsum([0, *(len(code.columns) for code in codes)]).tolist()
    traits = tuple(dataclasses.replace(sheet, code=code) for sheet, code in zip(sheets, codes, strict=True))
    return SimpleNamespace(
        traits=traits, sheet={sheet.name: sheet for sheet in traits}.__getitem__,
        codes=codes, columns=cohort.columns, id_keys={"patientid"}, other_keys={"out"},
        names=TraitNames(codes, ("patient_id", "out")), carried=Carried(), criteria=Criteria(),
        part=lambda at: slice(starts[at], starts[at + 1]),
    )  # fmt: skip


def write_xlsx(path, columns):
    workbook = Workbook()
    for row in [list(columns), *zip(*columns.values(), strict=True)]:
        workbook.active.append(list(row))
    workbook.save(path)


def write_csv(path, columns):
    import csv

    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns, *zip(*columns.values(), strict=True)])


def typed(bundle, profile):
    """A profile as the fields of the form that a person fills in: by trait, with its unit chosen."""
    placed, fields = bundle.names.place(tuple(profile)), []
    for name, sources in placed.sources.items():
        if sources[0].level:
            chosen = [s.level for s in sources if profile[s.header] in {"是", "1", "+", "ja"}]
            fields += [(name, level) for level in chosen or ["none"]]
        elif name == "parts":
            fields += [(name, level.strip()) for level in re.split("[;；、|]", profile[sources[0].header])]
        else:
            text = profile[sources[0].header]
            has_unit = sources[0].unit and text and text != "NA"
            fields.append((name, f"{text} {sources[0].unit}" if has_unit else text))
    return urlencode(fields).encode()


@pytest.mark.filterwarnings("ignore:.*openpyxl")
def test_every_door_gives_the_numbers_of_training(tmp_path):
    rng = random.Random(9)
    compared = 0
    for number in range(STUDIES):
        study, columns = make_study(rng, number)
        write_csv(tmp_path / "cohort.csv", columns)
        cohort = load_cohort(tmp_path / "cohort.csv", study)
        bundle = bundle_of(study, cohort)
        assert len(cohort.traits) == 5
        rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        doors = {"csv": read_profiles(tmp_path / "cohort.csv").columns}
        if number % 10 == 0:
            write_xlsx(tmp_path / "cohort.xlsx", columns)
            doors["xlsx"] = read_profiles(tmp_path / "cohort.xlsx").columns
        table = profile_table("body", rows)
        doors["json"] = {header: table.column(header) for header in table.headers}
        doors["pairs"] = GivenProfiles("--set", columns, range(PATIENTS)).overridden(bundle, {}).columns
        for door, given in doors.items():
            encoded = encode_table(bundle, given)
            assert not encoded.refused, (number, door, encoded.refused)
            np.testing.assert_array_equal(encoded.values, cohort.values, err_msg=f"{number} {door}")
        for row, profile in enumerate(rows):
            alone = {key: value for key, value in profile.items() if value}
            rest = json.loads(json.dumps(alone))
            form = read_form(bundle, typed(bundle, profile), "en")
            assert not form.errors, (number, form.errors)
            encoded = {"set": encode_profile(bundle, alone), "rest": encode_profile(bundle, rest), "form": form.profile}
            for door, found in encoded.items():
                if door == "form" and found is None:
                    continue
                values = found.values[0]
                np.testing.assert_array_equal(values, cohort.values[row], err_msg=f"{number} {door}")
                compared += 1
    assert compared >= 3 * STUDIES * PATIENTS - STUDIES


def test_full_scores_are_equal_to_the_last_bit(bundle, tmp_path):
    columns = {
        "patient_id": ["P1", "P2", "P3"],
        "organs": ["ear；airway", "none", "trachea"],
        "Duration (months)": ["24", "7", "31.5"],
        "RPDAI baseline": ["9", "１２", "14"],
        "Treg": ["0.022×10⁹/L", "31", "<19"],
        "tcon": ["500", "410.5", "1'020"],
        "prednisone": ["15 mg/d", "2,5", "10"],
    }
    write_csv(tmp_path / "p.csv", columns)
    write_xlsx(tmp_path / "p.xlsx", columns)
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    (tmp_path / "p.json").write_text(json.dumps(rows), encoding="utf-8")
    from responder.score.answers import answer_profile, answer_rows

    wanted = [answer_profile(bundle, row) for row in rows]
    assert all(math.isfinite(answer["logit"]) for answer in wanted if answer["logit"] is not None)
    for name in ("p.csv", "p.xlsx", "p.json"):
        assert answer_rows(bundle, encode_table(bundle, read_profiles(tmp_path / name).columns), name) == wanted
    with TestClient(create_app(bundle), base_url="http://127.0.0.1") as client:
        assert client.post("/v1/score", json=rows).json()["scores"] == json.loads(json.dumps(wanted))
