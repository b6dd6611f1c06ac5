"""Fact readers by clinical theme. READERS answers every fact of `rules.vocabulary`, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

from cds.facts.antigens import on_blasts
from cds.facts.bedside_warnings import apheresis_warning, end_of_life_signs
from cds.facts.consent import crossover_consent, enrolment_consent
from cds.facts.crossover import (
    entry_mrd_flow_pct,
    month3_mrd_flow_pct,
    organ_function_answer,
    protocol_treatment,
    study_arm,
)
from cds.facts.demographics import age_months, age_years, sex
from cds.facts.disease import b_lineage_all, ph_status
from cds.facts.gene_therapy import gene_therapy
from cds.facts.glucocorticoid import systemic_glucocorticoid
from cds.facts.gvhd import uncontrolled_gvhd
from cds.facts.heart_and_lungs import lvef_pct, spo2_pct
from cds.facts.history import autoimmune_disease, cns_disorder, other_malignancy
from cds.facts.infection import active_infection
from cds.facts.infection_control import sepsis, uncontrolled_infection
from cds.facts.inquiry import Inquiry
from cds.facts.labs import bilirubin_total_mg_dl, hemoglobin_g_l, platelets_10_9_l, times_uln
from cds.facts.motherhood import nursing, pregnancy
from cds.facts.mrd import post_hsct_mrd_flow_cd19_pct
from cds.facts.performance import ecog, karnofsky
from cds.facts.pregnancy import infertility, pregnancy_test
from cds.facts.relapse import circulating_blasts, extramedullary_leukemia, marrow_blast_pct, relapse_diagnosis
from cds.facts.serology import HBV, HCV, HIV, infection_with
from cds.facts.specimen import obtainable_blast_pct
from cds.facts.transplant import allogeneic_hsct
from cds.values import Scale
from rules.facts import Fact
from rules.messages import to_say

READERS: dict[str, Callable[[Inquiry], Fact]] = {
    "age_years": age_years,
    "sex": sex,
    "ecog": ecog,
    "b_lineage_all": b_lineage_all,
    "allogeneic_hsct": allogeneic_hsct,
    "ph_status": ph_status,
    "post_hsct_mrd_flow_cd19_pct": post_hsct_mrd_flow_cd19_pct,
    "marrow_blast_pct": marrow_blast_pct,
    "circulating_blasts": circulating_blasts,
    "extramedullary_leukemia": extramedullary_leukemia,
    "relapse_diagnosis": relapse_diagnosis,
    "pregnancy_test": pregnancy_test,
    "infertility": infertility,
    "active_infection": active_infection,
    "uncontrolled_gvhd": uncontrolled_gvhd,
    "cns_disorder": cns_disorder,
    "autoimmune_disease": autoimmune_disease,
    "other_malignancy": other_malignancy,
    "creatinine_xuln": times_uln("creatinine", to_say("Creatinine"), Scale("creatinine", "mg/dL")),
    "ast_xuln": times_uln("ast", to_say("AST"), Scale("ast", "U/L")),
    "alt_xuln": times_uln("alt", to_say("ALT"), Scale("alt", "U/L")),
    "bilirubin_total_mg_dl": bilirubin_total_mg_dl,
    "age_months": age_months,
    "karnofsky": karnofsky,
    "obtainable_blast_pct": obtainable_blast_pct,
    "cd19_on_blasts": on_blasts("cd19"),
    "cd22_on_blasts": on_blasts("cd22"),
    "cd20_on_blasts": on_blasts("cd20"),
    "cd10_on_blasts": on_blasts("cd10"),
    "cd123_on_blasts": on_blasts("cd123"),
    "lvef_pct": lvef_pct,
    "spo2_pct": spo2_pct,
    "hemoglobin_g_l": hemoglobin_g_l,
    "platelets_10_9_l": platelets_10_9_l,
    "end_of_life_signs": end_of_life_signs,
    "apheresis_warning": apheresis_warning,
    "enrolment_consent": enrolment_consent,
    "sepsis": sepsis,
    "uncontrolled_infection": uncontrolled_infection,
    "hiv_infection": infection_with(HIV),
    "hbv_infection": infection_with(HBV),
    "hcv_infection": infection_with(HCV),
    "pregnancy": pregnancy,
    "nursing": nursing,
    "systemic_glucocorticoid": systemic_glucocorticoid,
    "gene_therapy": gene_therapy,
    "study_arm": study_arm,
    "protocol_treatment": protocol_treatment,
    "month3_mrd_flow_pct": month3_mrd_flow_pct,
    "entry_mrd_flow_pct": entry_mrd_flow_pct,
    "crossover_consent": crossover_consent,
    "organ_function_answer": organ_function_answer,
}
