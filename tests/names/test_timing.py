"""What names say of time: the words of six languages, and what only looks like a time."""

import pytest

from responder.names.timing import baseline_rank, same_visit, stem, time_of, visit_kind

LATER = """
2nd visit CRP | second visit | CRP 4th week | 第二次访视 CRP | CRP 2. Woche | CRP 28日目 | CRP día 7 |
treg_week4 | TREG_W12 | w12_treg | crp week 12 | score.wk8 | day14_il6 | crp_d28 | il6_month3 | followup_crp |
follow-up score | crp_post_treatment | score_eot | end of study crp | on_treatment_il6 | CRP 3 months | CRP 6 mo
| CD4 12wk | Treg after treatment | Treg T2 | T1 CRP | crp_t1 | C2D1 CRP | CRP EOT | crp d3 | crp_6h | crp 24h |
CRP M6 | CRP FU1 | CRP Woche 12 | CRP Semaine 12 | CRP semana 12 | CRP12週 | CRP 第12周 | RPDAI 12周 | 治疗后CRP |
随访CRP | CRP出院 | dose_2 | crp_dose_2 | final_visit_crp | CRP nach Therapie | CRP après traitement | CRP S12 | CRP
J7 | CRP 12か月 | CRP_V1 | CRP V3 | week12crp | crpweek12 | CRP12wk | crp3m | CRP (week 12) | CRP十二周 | CRP三个月 |
cycle 2 anc | CRP 2 years | TregWeek4 | post_crp | RPDAI-12w | CRP/W12 | crp_pre_dose_2 | CRP W4-W0
"""
BASELINE = """
treg_w0 | crp_week_0 | day1_crp | day0 | C1D1 | T0 CRP | crp_t0 | RPDAI基线 | 治疗前CRP | pre_crp | CRP baseline |
screening CRP | V0 | week_minus_1 crp | CRP 第0周 | CRP vor Therapie | 入院CRP | CRP (Screening Visit 1) | crp day
-7 | CRP before treatment | baseline_opa_log2sum
"""
SAYS_NOTHING = """
维生素D3 | 25羟维生素D3 | T2-weighted lesions | prior lines of therapy | 既往治疗线数 | CD45RA | 补体C3 | 晨僵(min) |
age_years | duration_months | disease_duration_weeks | bmi_kg_per_m2 | cd4 | CD25+ | vitamin_d3 | il2_day | Th17
| postcode | monthly_income | weight | 24h urine protein | 24小时尿蛋白 | 尿蛋白 24h | proteinuria (g/24h) | 6-minute
walk | 6MWD | 6-minute walk distance (m) | exacerbations in the last 12 months | 近12个月发作次数 | prior relapse |
previous response to anti-TNF | 既往复发 | history of remission | disease duration | time since diagnosis | age at
onset | pack-years | 28-joint count | DAS28 | CD25 | IL-6 | IgG4 | C3 | C4 | D3 | 25-OH-D3 | m2 | B12 |
Vitamin B12 | dose (mg/d) | dose mg/day | mg/week | prednisone dose 15 mg/d | smoking_status | prednisone_mg_per_day |
病程（年） | duration (months) | C反应蛋白 | 超敏C-反应蛋白 | resp_rate | marital status | EOS | IL-10 |
T3 | FT4 | free T4 | HbA1c | HLA-B27 | PD-1 | PD-L1 | CTLA-4 | CCR7 | FEV1 |
M2 macrophages | M1/M2 ratio | Live/Dead- |
relapsing
polychondritis duration | CRP | sex | organs | tumour_size_mm | T cells | h1n1 | n_concomitant_meds |
frailty_index | Naïve_cells_per_ul | Tfh_ICOS+PD1+_cells_per_ul | % of Th1 in CD4 | cmv_serostatus |
highest_temperature_10f | labelling_index_percent | cell | smear | infil | li | blast | temp | progesterone |
survivin | EGFR (ml/min/1.73m2) | egfr_ml_min_1_73m2 | ESR 1h | glucose_2h | OGTT 2h | CA125 | CA19-9 | S100B |
weeks | HR | KRAS_G12D | BRAF V600E | Factor V | MDA5 | T1DM | type 2 diabetes | HER2 | ki67 | day | date | 5-FU
dose | lymph_node_stage_n2 | extent | strength | 序号 | 治疗方案 | intervention arm | treatment | drug | course |
stage | grade 2 | dose | D-dimer | time to diagnosis | RANKL | Rankin | G6PD | NT-proBNP | CD4-count |
osmolality | osteopontin | dosage
"""
AFTERWARDS = """
pfs_months | pfs_event | PFS in days | dfs | efs | rfs | ttp | censored | censor | alive | dead | date of death
| vital status | os_months | OS months | os_event | OSMonths | survival_time | best response | relapse |
recurrence | progression | time on treatment | treatment duration | number of cycles received | number12m | RANK
| response_rank | responder | remission | efficacy | 疗效 | 缓解 | 有效 | Ansprechen | réponse | respuesta | 効果 |
delta_crp | change from baseline | PFS (months) | OS | status | event | time | non-responder | 未缓解 | ACR20 |
死亡日期 | 生存时间 | 复发 | Überleben | survie globale | supervivencia | 治疗结局 | treatment_outcome |
PFSmonths | remiss | Resp | response_high_rank | CR_response | dropout | adverse events | survival_months
"""


def names(block):
    return [name.strip() for name in " ".join(block.split("\n")).split(" | ")]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (name, kind)
        for kind, block in (("later", LATER), ("baseline", BASELINE), ("", SAYS_NOTHING), ("afterwards", AFTERWARDS))
        for name in names(block)
    ],
)
def test_what_a_name_says(name, kind):
    assert time_of(name).kind == kind
    assert bool(time_of(name).token) == bool(kind)


def test_a_unit_says_a_time_too_but_a_rate_is_none():
    assert time_of("CRP", "week 12").kind == "later"
    assert (
        time_of("prednisone", "mg/day").kind == time_of("protein", "g/24h").kind == time_of("bmi", "kg/m2").kind == ""
    )


@pytest.mark.parametrize("word", ["baseline", "week 4", "dose_2", "基线", "随访2", "T1", "final visit"])
def test_a_visit_is_itself_and_the_ending_of_a_column(word):
    assert same_visit(word, word)
    assert same_visit(f"crp_{word}", word)
    assert not same_visit("crp", word)
    assert not same_visit(word, "")


def test_the_start_of_treatment_is_ranked():
    ranked = ["pre-treatment", "week 0", "inclusion", "screening"]
    assert sorted(ranked, key=baseline_rank) == ranked
    assert [baseline_rank(v) for v in ("week 1", "clinic", "final_visit", "随访")] == [None] * 4
    assert visit_kind("Baseline (Visit 2)") == visit_kind("C1D1") == "baseline"
    assert visit_kind("pre-dose 2") == visit_kind("C1D8") == visit_kind("dose_1") == "later"


@pytest.mark.parametrize(
    "name", ["CRP 3 months", "crp_w12", "CRP_baseline", "crp_2", "CRP.1", "治疗后CRP", "CRP 第12周", "crp (2)"]
)
def test_the_stem_is_the_measurement(name):
    assert stem(name) == stem("crp") == "crp"


@pytest.mark.parametrize("name", ["IL_6", "CD 4", "IL-17", "vitamin D3", "b12"])
def test_a_number_that_is_part_of_the_name_stays(name):
    assert stem(name)[-1].isdigit()


def test_survival_beside_its_unit_is_survival():
    for name in ("DSS (months)", "OS (mo)", "PFS (days)", "MFS [months]"):
        assert time_of(name).kind == "afterwards", name


LATER = ("CRP_nadir", "last_crp", "crp_end", "CRP peak", "CRP第二次", "postCRP", "CRPw12")
AFTERWARDS = ("mPFS", "TTR", "bestresp", "surv_time", "rescue therapy")
NO_TIME = (
    "EQ-5D",
    "albumin 24h",
    "T3 (pmol/L)",
    "fT3",
    "pT2",
    "B2M",
    "生存质量评分",
    "relapses last 12 months",
    "end-diastolic volume",
)


@pytest.mark.parametrize(
    ("name", "kind"),
    [*((n, "later") for n in LATER), *((n, "afterwards") for n in AFTERWARDS), *((n, "") for n in NO_TIME)],
)
def test_short_and_tempting_names(name, kind):
    assert time_of(name).kind == kind
