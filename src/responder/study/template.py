"""Empty tables for a study, to be filled in: CSV, XLSX, or the data dictionary of a REDCap project."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from responder.csv_text import csv_rows
from responder.study.model import Study, Trait
from responder.words import say
from responder.workbook import add_row, new_workbook, workbook_bytes

if TYPE_CHECKING:
    from openpyxl.worksheet.datavalidation import DataValidation

__all__ = ["REDCAP_HEADER", "redcap_dictionary", "table_columns", "template_csv", "template_xlsx"]

ROWS_WITH_RULES = 500
LONGEST_PROMPT = 255  # the limits of Excel
LONGEST_TITLE = 32
_CODE = re.compile(r"-?[A-Za-z0-9_]+(?:\.\d+)?")  # what REDCap takes as the code of a choice
REDCAP_HEADER = (
    "Variable / Field Name",
    "Form Name",
    "Section Header",
    "Field Type",
    "Field Label",
    "Choices, Calculations, OR Slider Labels",
    "Field Note",
    "Text Validation Type OR Show Slider Number",
    "Text Validation Min",
    "Text Validation Max",
    "Identifier?",
    "Branching Logic (Show field only if...)",
    "Required Field?",
    "Custom Alignment",
    "Question Number (surveys only)",
    "Matrix Group Name",
    "Matrix Ranking?",
    "Field Annotation",
)


def table_columns(study: Study, *, eligibility: bool = False) -> tuple[str, ...]:
    """Return a table's columns: the patient's id, every trait that is not always computed, what the criteria ask."""
    return (study.id_column, *(trait.name for trait in _traits(study, eligibility)))


def _traits(study: Study, eligibility: bool) -> tuple[Trait, ...]:
    read = {code.name for code in study.criteria.codes} if eligibility else set()
    return (*study.asked_traits, *(column for column in study.columns_beside if column.name in read))


def template_csv(study: Study, *, eligibility: bool = False) -> str:
    """Return an empty table as CSV: its header.

    Parameters
    ----------
    study : Study
        What is measured.
    eligibility : bool
        Add the columns that the study's criteria need.

    Examples
    --------
    >>> from responder.study import load_study
    >>> template_csv(load_study("rp-ld-il2"))[:35]
    'patient_id,sex,age_years,disease_du'
    """
    return csv_rows([table_columns(study, eligibility=eligibility)])


def template_xlsx(study: Study, language: str = "en", *, eligibility: bool = False) -> bytes:
    """Return an empty workbook of one sheet, whose cells say what they take and warn of what they do not.

    Parameters
    ----------
    study : Study
        What is measured.
    language : str
        Of labels and prompts.
    eligibility : bool
        Add the columns that the study's criteria need.
    """
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    workbook = new_workbook()
    sheet = workbook.create_sheet("cohort")
    add_row(sheet, table_columns(study, eligibility=eligibility))
    sheet.freeze_panes = "B2"
    sheet.column_dimensions["A"].width = len(study.id_column) + 4
    for index, trait in enumerate(_traits(study, eligibility), start=2):
        letter = get_column_letter(index)
        sheet.column_dimensions[letter].width = len(trait.name) + 4
        rule = _excel_rule(trait, language)
        rule.add(f"{letter}2:{letter}{ROWS_WITH_RULES + 1}")
        sheet.add_data_validation(rule)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    return workbook_bytes(workbook)


def redcap_dictionary(study: Study, language: str = "en", *, eligibility: bool = False) -> str:
    """Return a data dictionary that REDCap imports, and that `responder.cohort.dictionary` reads back.

    Levels of a binary or ordinal trait are coded with their numbers, those of a set with their names where REDCap
    takes them: the export's column ``organs___airway`` names the level. What REDCap has no column for (which field
    holds the pseudonym, an ordinal kind, a timing other than baseline) is a field annotation, ``responder: ...``.

    Parameters
    ----------
    study : Study
        What is measured.
    language : str
        Of labels and prompts.
    eligibility : bool
        Add the columns that the study's criteria need.
    """
    form = study.id.replace("-", "_")
    pseudonym = say("template.pseudonym", language)
    rows = [REDCAP_HEADER, _redcap_row(study.id_column, form, "", "text", pseudonym, annotation="responder: role=id")]
    section = ""
    for trait in _traits(study, eligibility):
        group = study.groups[trait.group].in_language(language) if trait.group in study.groups else trait.group
        group = group or say("template.eligibility", language)
        low, high = trait.plausible or ("", "")
        numeric = {"continuous": "number", "count": "integer"}.get(trait.kind, "")
        rows.append(
            _redcap_row(
                trait.name,
                form,
                "" if group == section else group,
                _redcap_type(trait),
                trait.label.in_language(language),
                choices=_redcap_choices(trait, language),
                note=trait.unit,
                validation=numeric,
                low=f"{low:.15g}" if numeric and low != "" else "",
                high=f"{high:.15g}" if numeric and high != "" else "",
                annotation=f"responder: kind={trait.kind} timing={trait.timing}",
            )
        )
        section = group
    return csv_rows(rows)


def _excel_rule(trait: Trait, language: str) -> DataValidation:
    from openpyxl.worksheet.datavalidation import DataValidation

    levels = [level.name for level in trait.levels]
    low, high = trait.plausible or (None, None)
    unit = trait.unit or say(f"study_show.kinds.{trait.kind}", language)
    if trait.kind == "set":
        rule, takes = DataValidation(), say("template.takes_several", language, values=", ".join(levels))
    elif trait.kind in {"binary", "ordinal"}:
        levels = levels or ["yes", "no"]
        listed = ",".join(levels)
        rule = (
            DataValidation(type="list", formula1=f'"{listed}"') if len(listed) <= LONGEST_PROMPT else DataValidation()
        )
        takes = say("template.takes", language, values=", ".join(levels))
    elif low is None:
        rule, takes = DataValidation(), say("template.takes", language, values=unit)
    else:
        kind = "whole" if trait.kind == "count" else "decimal"
        rule = DataValidation(type=kind, operator="between", formula1=low, formula2=high)
        takes = say("template.takes_range", language, values=unit, low=low, high=high)
    # a warning and no refusal: another unit ("0.022 10^9/L") and NA are understood too
    rule.errorStyle, rule.allow_blank = "warning", True
    rule.showErrorMessage = rule.showInputMessage = True
    rule.promptTitle = rule.errorTitle = trait.name[:LONGEST_TITLE]
    rule.prompt = rule.error = f"{trait.label.in_language(language)}\n{takes}"[:LONGEST_PROMPT]
    return rule


def _redcap_type(trait: Trait) -> str:
    if trait.kind == "set":
        return "checkbox"
    if trait.kind in {"binary", "ordinal"}:
        return "radio" if trait.levels else "yesno"
    return "text"


def _redcap_choices(trait: Trait, language: str) -> str:
    choices: list[str] = []
    for level in trait.levels:
        value = trait.code.level_values.get(level.name)
        code = level.name if value is None or not value.is_integer() else f"{value:.15g}"
        if not _CODE.fullmatch(code):
            code = str(len(choices) + 1)
        label = level.label.in_language(language) if level.label else level.name
        choices.append(f"{code}, {label.replace('|', '/')}")
    return " | ".join(choices)


def _redcap_row(
    name: str, form: str, section: str, kind: str, label: str, *, choices: str = "", note: str = "",
    validation: str = "", low: str = "", high: str = "", annotation: str = "",
) -> tuple[str, ...]:  # fmt: skip
    row = (name.lower(), form, section, kind, label, choices, note, validation, low, high)
    return row + ("",) * (len(REDCAP_HEADER) - len(row) - 1) + (annotation,)
