"""Where in a record each fact stands: the resource type that answers it, and the value sets of its codes."""

from __future__ import annotations

from dataclasses import dataclass

# The elements that say when, and what, by resource type.
DATE_OF = {
    "List": "date",
    "MedicationAdministration": "effective",
    "Observation": "effective",
    "Procedure": "performed",
    "QuestionnaireResponse": "authored",
}
CODE_OF = {
    "Condition": "code",
    "Consent": "category",
    "List": "code",
    "MedicationAdministration": "medication",
    "MedicationRequest": "medication",
    "MedicationStatement": "medication",
    "Observation": "code",
    "Procedure": "code",
}


@dataclass(frozen=True, slots=True)
class Sought:
    """The resource that would answer a fact; `sets` are names of cds/codes, any of whose codes will do.

    `ageless`: a record of any age may answer it, whatever window the criterion has for some of them.
    """

    type: str
    sets: tuple[str, ...] = ()
    elements: tuple[str, ...] = ()
    ageless: bool = False


def _observed(*sets: str) -> Sought:
    return Sought("Observation", sets)


def _diagnosed(*sets: str) -> Sought:
    """A diagnosis counts while it is active, however long ago it was recorded."""
    return Sought("Condition", sets, ageless=True)


_INFECTIONS = _diagnosed("infection_bacterial", "infection_fungal", "infection_viral", "infection_any")
_MRD = _observed("mrd_flow")
SOUGHT: dict[str, Sought] = {
    "age_years": Sought("Patient", elements=("birthDate",)),
    "age_months": Sought("Patient", elements=("birthDate",)),
    "sex": Sought("Patient", elements=("gender",)),
    "ecog": _observed("ecog"),
    "karnofsky": _observed("karnofsky"),
    "b_lineage_all": _diagnosed("b_all_condition"),
    "allogeneic_hsct": Sought("Procedure", ("allo_hsct_procedure",)),
    "ph_status": _observed("bcr_abl1_whole", "bcr_abl1_p190", "bcr_abl1_p210"),
    "post_hsct_mrd_flow_cd19_pct": _MRD,
    "month3_mrd_flow_pct": _MRD,
    "entry_mrd_flow_pct": _MRD,
    "marrow_blast_pct": _observed("marrow_blast_pct"),
    "obtainable_blast_pct": Sought("Observation", ("marrow_blast_pct",), ageless=True),
    "circulating_blasts": _observed("blood_blast_pct"),
    "extramedullary_leukemia": _diagnosed("extramedullary_leukemia"),
    "relapse_diagnosis": _diagnosed("all_in_relapse"),
    "pregnancy_test": _observed("pregnancy_test"),
    "pregnancy": _observed("pregnancy_test"),
    "nursing": _observed("breastfeeding"),
    "infertility": _diagnosed("infertile_evidence"),
    "active_infection": _INFECTIONS,
    "uncontrolled_infection": _INFECTIONS,
    "sepsis": _diagnosed("sepsis"),
    "hiv_infection": _observed("hiv_antibody", "hiv_rna"),
    "hbv_infection": _observed("hbv_antigen", "hbv_dna"),
    "hcv_infection": _observed("hcv_antibody", "hcv_rna"),
    "uncontrolled_gvhd": _observed("gvhd_assessment"),
    "cns_disorder": _diagnosed("cns_disorder"),
    "autoimmune_disease": _diagnosed("autoimmune_disease"),
    "other_malignancy": _diagnosed("malignancy_any"),
    "creatinine_xuln": _observed("creatinine"),
    "ast_xuln": _observed("ast"),
    "alt_xuln": _observed("alt"),
    "bilirubin_total_mg_dl": _observed("bilirubin_total"),
    **{
        f"{antigen}_on_blasts": Sought("Observation", (f"{antigen}_of_blasts",), ageless=True)
        for antigen in ("cd19", "cd22", "cd20", "cd10", "cd123")
    },
    "lvef_pct": _observed("lvef"),
    "spo2_pct": _observed("spo2"),
    "hemoglobin_g_l": _observed("hemoglobin"),
    "platelets_10_9_l": _observed("platelets"),
    "end_of_life_signs": _diagnosed("end_of_life_care"),
    "apheresis_warning": _diagnosed("apheresis_contraindication"),
    "systemic_glucocorticoid": Sought("MedicationAdministration", ("systemic_glucocorticoid",)),
    "gene_therapy": Sought("Procedure", ("car_t_administration", "gene_therapy_product")),
    "study_arm": Sought("ResearchSubject", elements=("assignedArm",)),
    "protocol_treatment": Sought("Procedure", ("car_t_administration", "dli")),
    "enrolment_consent": Sought("Consent"),
    "crossover_consent": Sought("Consent"),
    "organ_function_answer": Sought("QuestionnaireResponse"),
}
