"""Every fact a criterion may mention: its kind, its unit, the words for it and the question it answers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number in one fixed unit (UCUM or a plain word); "" for a score without unit.

    `mutable`: treatment or recovery may change it. `waits`: it only grows with time, and a limit so far above it may be
    waited for. `scores`: the only values that a scale has.
    """

    label: str
    unit: str
    question: str
    mutable: bool = True
    waits: int | None = None
    scores: tuple[int, ...] = ()

    @property
    def most(self) -> int | None:
        """No value is larger; None where none is stated."""
        return 100 if self.unit == "%" else None


@dataclass(frozen=True, slots=True)
class Coded:
    """One of a closed list of codes. `mutable`: it is a state that treatment or recovery may end.

    Not so what the leukaemia is, what was ever given or had, a decision of the patient, and a pregnancy.
    """

    label: str
    codes: tuple[str, ...]
    question: str
    mutable: bool = False


Entry = Quantity | Coded

PRESENCE = ("present", "absent")
ANSWERS = ("positive", "negative")
# NCT07441291 I2 and NCT05262673 I4a: what is between two steps, or beyond the ends, is no value of the scale.
ECOG_GRADES = tuple(range(6))
KARNOFSKY_SCORES = tuple(range(0, 101, 10))
VOCABULARY: dict[str, Entry] = {
    "age_years": Quantity("Age", "years", "How many completed years old is the patient?", False, 3),
    "age_months": Quantity("Age", "months", "How many months old is the patient?", False, 36),
    "sex": Coded("Sex", ("female", "male"), "Which sex matters for a pregnancy?"),
    "ecog": Quantity("ECOG performance status", "", "What is the ECOG performance status?", scores=ECOG_GRADES),
    "karnofsky": Quantity(
        "Karnofsky performance status",
        "",
        "What is the Karnofsky performance status?",
        scores=KARNOFSKY_SCORES,
    ),
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
    "active_infection": Coded(
        "Active infection", PRESENCE, "Is there any active infection, treated or not?", mutable=True
    ),
    "uncontrolled_gvhd": Coded(
        "Uncontrolled GVHD", PRESENCE, "Is there uncontrolled graft-versus-host disease?", mutable=True
    ),
    "cns_disorder": Coded("CNS disorder", PRESENCE, "Was there ever a disorder of the central nervous system?"),
    "autoimmune_disease": Coded("Autoimmune disease", PRESENCE, "Is there an autoimmune disease?"),
    "other_malignancy": Coded(
        "Other active malignancy", PRESENCE, "Is there an active malignancy other than the leukaemia?"
    ),
    "creatinine_xuln": Quantity("Creatinine", "x ULN", "How many times its upper limit of normal is creatinine?"),
    "ast_xuln": Quantity("AST", "x ULN", "How many times its upper limit of normal is AST?"),
    "alt_xuln": Quantity("ALT", "x ULN", "How many times its upper limit of normal is ALT?"),
    "bilirubin_total_mg_dl": Quantity("Total bilirubin", "mg/dL", "What is the total bilirubin?"),
    "obtainable_blast_pct": Quantity(
        "Blasts in a specimen that can be had",
        "%",
        "How many blasts hold the archived or obtainable specimens?",
        mutable=False,
    ),
    "cd19_on_blasts": Coded("CD19 on blasts", ANSWERS, "Do the malignant cells express CD19?"),
    "cd22_on_blasts": Coded("CD22 on blasts", ANSWERS, "Do the malignant cells express CD22?"),
    "cd20_on_blasts": Coded("CD20 on blasts", ANSWERS, "Do the malignant cells express CD20?"),
    "cd10_on_blasts": Coded("CD10 on blasts", ANSWERS, "Do the malignant cells express CD10?"),
    "cd123_on_blasts": Coded("CD123 on blasts", ANSWERS, "Do the malignant cells express CD123?"),
    "lvef_pct": Quantity("LVEF", "%", "What is the left ventricular ejection fraction?"),
    "spo2_pct": Quantity("Oxygen saturation", "%", "What is the oxygen saturation at rest, without oxygen?"),
    "hemoglobin_g_l": Quantity("Haemoglobin", "g/L", "What is the haemoglobin?"),
    "platelets_10_9_l": Quantity("Platelets", "10*9/L", "What is the platelet count?"),
    "end_of_life_signs": Coded("Signs of end-of-life care", PRESENCE, "Is there hospice or comfort care, or ECOG 4?"),
    "apheresis_warning": Coded("Warnings for cell separation", PRESENCE, "What speaks against a cell separation?"),
    "enrolment_consent": Coded("Consent to this study", ("given", "refused"), "Is there a signed consent?"),
    "sepsis": Coded("Sepsis", PRESENCE, "Is there sepsis now?", mutable=True),
    "uncontrolled_infection": Coded(
        "Uncontrolled infection",
        PRESENCE,
        "Is there an active infection that treatment does not control?",
        mutable=True,
    ),
    "hiv_infection": Coded("HIV infection", PRESENCE, "Is HIV excluded by a recent test?"),
    "hbv_infection": Coded("Hepatitis B", PRESENCE, "Is hepatitis B excluded by a recent test?"),
    "hcv_infection": Coded("Hepatitis C", PRESENCE, "Is hepatitis C excluded by a recent test?"),
    "pregnancy": Coded("Pregnancy", PRESENCE, "Is pregnancy excluded by a recent test?"),
    "nursing": Coded("Nursing", PRESENCE, "Is she nursing a child?"),
    "systemic_glucocorticoid": Coded(
        "Systemic glucocorticoid", PRESENCE, "Was a systemic glucocorticoid given within the window?", mutable=True
    ),
    "gene_therapy": Coded("Gene therapy", PRESENCE, "Was a gene-modified product ever given?"),
    "study_arm": Coded("Arm", ("car_t", "control", "crossed"), "Which arm is the subject in?"),
    "protocol_treatment": Coded("Protocol treatment", ("received",), "When did protocol treatment begin?"),
    "month3_mrd_flow_pct": Quantity(
        "Flow MRD at 3 months", "%", "What is flow MRD in the window three months after day 0?", mutable=False
    ),
    "entry_mrd_flow_pct": Quantity(
        "Flow MRD at entry", "%", "What was flow MRD before protocol treatment?", mutable=False
    ),
    "crossover_consent": Coded(
        "Consent to cross over", ("given", "refused"), "Is there a signed consent to cross over?"
    ),
    "organ_function_answer": Coded(
        "Organ function", ("adequate", "not_adequate"), "Does a clinician call organ function adequate?", mutable=True
    ),
}
