"""Every fact a criterion may mention: its kind, its unit, the words for it and the question it answers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number in one fixed unit (UCUM or a plain word); "" for a score without unit."""

    label: str
    unit: str
    question: str


@dataclass(frozen=True, slots=True)
class Coded:
    """One of a closed list of codes."""

    label: str
    codes: tuple[str, ...]
    question: str


Entry = Quantity | Coded

PRESENCE = ("present", "absent")
CONSENT = ("given", "refused")

VOCABULARY: dict[str, Entry] = {
    "age_years": Quantity("Age", "years", "How many completed years old is the patient?"),
    "sex": Coded("Sex", ("female", "male"), "Which sex matters for a pregnancy?"),
    "ecog": Quantity("ECOG performance status", "", "What is the ECOG performance status?"),
    "b_lineage_all": Coded("B-lineage ALL", PRESENCE, "Is acute lymphoblastic leukaemia of B lineage confirmed?"),
    "allogeneic_hsct": Coded("Allogeneic HSCT", PRESENCE, "Was an allogeneic HSCT completed before the MRD sample?"),
    "ph_status": Coded("Ph / BCR::ABL1", ("negative", "positive"), "Is BCR::ABL1 proven negative?"),
    "post_hsct_mrd_flow_cd19_pct": Quantity(
        "Flow MRD", "%", "What share of nucleated marrow cells are CD19+ abnormal B cells, after the last HSCT?"
    ),
    "marrow_blast_pct": Quantity("Marrow blasts", "%", "What is the blast percentage in the bone marrow?"),
    "circulating_blasts": Coded("Circulating blasts", PRESENCE, "Are there leukaemic blasts in the blood?"),
    "extramedullary_leukemia": Coded(
        "Extramedullary leukaemia", PRESENCE, "Is there proven extramedullary disease after the last HSCT?"
    ),
    "relapse_diagnosis": Coded("Relapse diagnosis", PRESENCE, "Is a relapse after the last HSCT on the problem list?"),
    "pregnancy_test": Coded("Pregnancy test", ("negative", "positive"), "What does the pregnancy test say?"),
    "infertility": Coded(
        "Evidence of infertility", ("documented", "not_documented"), "Is it on record that she cannot be pregnant?"
    ),
    "active_infection": Coded("Active infection", PRESENCE, "Is there any active infection, treated or not?"),
    "uncontrolled_gvhd": Coded("Uncontrolled GVHD", PRESENCE, "Is there uncontrolled graft-versus-host disease?"),
    "cns_disorder": Coded("CNS disorder", PRESENCE, "Was there ever a disorder of the central nervous system?"),
    "autoimmune_disease": Coded("Autoimmune disease", PRESENCE, "Is there an autoimmune disease?"),
    "other_malignancy": Coded(
        "Other active malignancy", PRESENCE, "Is there an active malignancy other than the leukaemia?"
    ),
    "creatinine_xuln": Quantity("Creatinine", "x ULN", "How many times its upper limit of normal is creatinine?"),
    "ast_xuln": Quantity("AST", "x ULN", "How many times its upper limit of normal is AST?"),
    "alt_xuln": Quantity("ALT", "x ULN", "How many times its upper limit of normal is ALT?"),
    "bilirubin_total_mg_dl": Quantity("Total bilirubin", "mg/dL", "What is the total bilirubin?"),
    "enrolment_consent": Coded("Consent to take part", CONSENT, "Has the patient consented to take part?"),
    "crossover_consent": Coded("Consent to cross over", CONSENT, "Has the patient consented to crossing over?"),
}
