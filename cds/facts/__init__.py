"""Fact readers by clinical theme. READERS answers every fact of `rules.vocabulary`, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

from cds.facts.consent import crossover_consent, enrolment_consent
from cds.facts.demographics import age_years, sex
from cds.facts.disease import b_lineage_all, ph_status
from cds.facts.gvhd import uncontrolled_gvhd
from cds.facts.history import autoimmune_disease, cns_disorder, other_malignancy
from cds.facts.infection import active_infection
from cds.facts.inquiry import Inquiry
from cds.facts.labs import bilirubin_total_mg_dl, times_uln
from cds.facts.mrd import post_hsct_mrd_flow_cd19_pct
from cds.facts.performance import ecog
from cds.facts.pregnancy import infertility, pregnancy_test
from cds.facts.relapse import circulating_blasts, extramedullary_leukemia, marrow_blast_pct, relapse_diagnosis
from cds.facts.transplant import allogeneic_hsct
from cds.values import Scale
from rules.facts import Fact

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
    "creatinine_xuln": times_uln("creatinine", "Creatinine", Scale("creatinine", "mg/dL")),
    "ast_xuln": times_uln("ast", "AST", Scale("ast", "U/L")),
    "alt_xuln": times_uln("alt", "ALT", Scale("alt", "U/L")),
    "bilirubin_total_mg_dl": bilirubin_total_mg_dl,
    "enrolment_consent": enrolment_consent,
    "crossover_consent": crossover_consent,
}
