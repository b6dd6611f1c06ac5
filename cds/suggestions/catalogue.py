"""What answers an open fact: the test to order, the look at the bedside, or the record to complete. Data, no logic.

Codes are those of the value sets in cds/codes that name one test by what it measures; where none does, the order is in
words. The texts are English messages: whoever shows one says it with `rules.messages.say`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LOINC = "http://loinc.org"


@dataclass(frozen=True, slots=True)
class Order:
    """A test that can be ordered: its short name, and the order in full.

    `sets` and `words` (lower case) are how an order for it that the chart already holds is recognised.
    """

    key: str
    name: str
    text: str
    loinc: str | None = None
    sets: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """Who answers a fact. `order` for what is measured; `what` is the thing in words, as in "Record: {what}".

    `question` is the criterion that a clinician answers, where the fact is read from that answer.
    """

    how: Literal["measure", "bedside", "record", "question"]
    what: str
    order: Order | None = None
    question: str | None = None


FLOW_MRD = Order(
    "flow-mrd",
    "flow MRD",
    "Flow MRD in bone marrow: CD19+ abnormal B cells in % of nucleated cells, with detection limit",
    sets=("mrd_flow",),
    words=("flow mrd", "mrd by flow", "mrd flow", "residual disease by flow"),
)
NGS_MRD = Order(
    "ngs-mrd",
    "NGS MRD",
    "NGS MRD in bone marrow, with cells evaluated and detection limit",
    sets=("mrd_ngs",),
    words=("ngs mrd", "mrd by ngs", "mrd ngs", "clonoseq"),
)
BCR_ABL1 = Order(
    "bcr-abl1",
    "BCR::ABL1 test",
    "BCR::ABL1 transcripts p190 and p210, or FISH t(9;22)",
    sets=("bcr_abl1_whole", "bcr_abl1_p210", "bcr_abl1_p190", "bcr_abl1_lab"),
    words=("bcr::abl", "bcr-abl", "bcr/abl", "t(9;22)", "philadelphia"),
)
ANTIGENS = Order(
    "antigens",
    "antigen panel on blasts",
    "CD19, CD22, CD20, CD10 and CD123 on blasts by flow cytometry or immune stain",
    sets=("cd19_of_blasts", "cd22_of_blasts", "cd20_of_blasts", "cd10_of_blasts", "cd123_of_blasts",
          "immunophenotype_report"),
    words=("immunophenotyp", "cd19, cd22"),
)  # fmt: skip
MARROW = Order(
    "marrow",
    "bone marrow",
    "Bone marrow aspirate with blast percentage",
    sets=("marrow_blast_pct", "marrow_report"),
    words=("marrow aspirat", "marrow biops", "bone marrow with blast"),
)
ECHO = Order(
    "echocardiogram",
    "echocardiogram",
    "Echocardiogram with left ventricular ejection fraction",
    sets=("lvef",),
    words=("echocardiogra", "ejection fraction"),
)
OXYGEN = Order(
    "oxygen-saturation",
    "oxygen saturation",
    "Oxygen saturation at rest, on room air",
    "59408-5",
    ("spo2",),
    ("oxygen saturation",),
)
CREATININE = Order(
    "creatinine", "creatinine", "Creatinine, with its upper limit of normal", "2160-0", ("creatinine",), ("creatinine",)
)
AST = Order("ast", "AST", "AST, with its upper limit of normal", "1920-8", ("ast",), ("aspartate aminotransferase",))
ALT = Order("alt", "ALT", "ALT, with its upper limit of normal", "1742-6", ("alt",), ("alanine aminotransferase",))
BILIRUBIN = Order("bilirubin", "total bilirubin", "Total bilirubin", "1975-2", ("bilirubin_total",), ("bilirubin",))
HAEMOGLOBIN = Order(
    "haemoglobin",
    "haemoglobin",
    "Haemoglobin",
    "718-7",
    ("hemoglobin",),
    ("haemoglobin", "hemoglobin", "blood count"),
)
HIV = Order("hiv", "HIV test", "HIV antigen and antibody", "56888-1", ("hiv_antibody", "hiv_rna"), ("hiv",))
HBV = Order(
    "hepatitis-b",
    "hepatitis B test",
    "Hepatitis B surface antigen",
    "5196-1",
    ("hbv_antigen", "hbv_dna"),
    ("hepatitis b", "hbsag"),
)
HCV = Order(
    "hepatitis-c", "hepatitis C test", "Hepatitis C antibody", "13955-0", ("hcv_antibody", "hcv_rna"), ("hepatitis c",)
)
HCG = Order(
    "pregnancy-test",
    "pregnancy test",
    "Pregnancy test (hCG)",
    sets=("pregnancy_test",),
    words=("hcg", "pregnancy test"),
)
PLATELETS = Order("platelets", "platelets", "Platelets", "777-3", ("platelets",), ("platelet", "blood count"))

ORDERS: tuple[Order, ...] = (
    FLOW_MRD, NGS_MRD, BCR_ABL1, ANTIGENS, MARROW, ECHO, OXYGEN, CREATININE, AST, ALT, BILIRUBIN, HAEMOGLOBIN, HIV, HBV,
    HCV, HCG, PLATELETS,
)  # fmt: skip

ANSWERS: dict[str, Answer] = {
    "age_years": Answer("record", "the birth date"),
    "age_months": Answer("record", "the birth date"),
    "sex": Answer("record", "the sex"),
    "ecog": Answer("bedside", "ECOG performance status"),
    "karnofsky": Answer("bedside", "Karnofsky performance status"),
    "b_lineage_all": Answer("record", "the lineage of the leukaemia"),
    "allogeneic_hsct": Answer("record", "the transplant: date and donor"),
    "ph_status": Answer("measure", "BCR::ABL1", BCR_ABL1),
    "post_hsct_mrd_flow_cd19_pct": Answer("measure", "flow MRD", FLOW_MRD),
    "marrow_blast_pct": Answer("measure", "marrow blasts", MARROW),
    "circulating_blasts": Answer("record", "whether blasts in the blood are leukaemic"),
    "extramedullary_leukemia": Answer("record", "extramedullary disease"),
    "relapse_diagnosis": Answer("record", "the relapse diagnosis"),
    "pregnancy_test": Answer("measure", "the pregnancy test", HCG),
    "infertility": Answer("record", "evidence of infertility"),
    "active_infection": Answer("record", "infection: active or over"),
    "uncontrolled_gvhd": Answer("bedside", "GVHD: present or absent, grade"),
    "cns_disorder": Answer("record", "disorders of the central nervous system"),
    "autoimmune_disease": Answer("record", "autoimmune disease"),
    "other_malignancy": Answer("record", "other malignancies"),
    "creatinine_xuln": Answer("measure", "creatinine", CREATININE),
    "ast_xuln": Answer("measure", "AST", AST),
    "alt_xuln": Answer("measure", "ALT", ALT),
    "bilirubin_total_mg_dl": Answer("measure", "total bilirubin", BILIRUBIN),
    "obtainable_blast_pct": Answer("record", "an available specimen with its blast percentage"),
    "cd19_on_blasts": Answer("measure", "CD19 on blasts", ANTIGENS),
    "cd22_on_blasts": Answer("measure", "CD22 on blasts", ANTIGENS),
    "cd20_on_blasts": Answer("measure", "CD20 on blasts", ANTIGENS),
    "cd10_on_blasts": Answer("measure", "CD10 on blasts", ANTIGENS),
    "cd123_on_blasts": Answer("measure", "CD123 on blasts", ANTIGENS),
    "lvef_pct": Answer("measure", "the ejection fraction", ECHO),
    "spo2_pct": Answer("measure", "oxygen saturation", OXYGEN),
    "hemoglobin_g_l": Answer("measure", "haemoglobin", HAEMOGLOBIN),
    "platelets_10_9_l": Answer("measure", "platelets", PLATELETS),
    "end_of_life_signs": Answer("record", "signs of end-of-life care"),
    "apheresis_warning": Answer("record", "what speaks against a cell separation"),
    "enrolment_consent": Answer("record", "the consent to this study"),
    "sepsis": Answer("record", "sepsis"),
    "uncontrolled_infection": Answer("record", "infection: active, over or controlled"),
    "hiv_infection": Answer("measure", "HIV status", HIV),
    "hbv_infection": Answer("measure", "hepatitis B status", HBV),
    "hcv_infection": Answer("measure", "hepatitis C status", HCV),
    "pregnancy": Answer("measure", "the pregnancy test", HCG),
    "nursing": Answer("bedside", "whether she is nursing"),
    "systemic_glucocorticoid": Answer("record", "systemic glucocorticoids: doses, dates, routes"),
    "gene_therapy": Answer("record", "gene therapy: given or not"),
    "study_arm": Answer("record", "the arm of the trial"),
    "protocol_treatment": Answer("record", "protocol treatment and its date"),
    "month3_mrd_flow_pct": Answer("measure", "flow MRD at 3 months", FLOW_MRD),
    "entry_mrd_flow_pct": Answer("record", "flow MRD at entry"),
    "crossover_consent": Answer("record", "the consent to cross over"),
    "organ_function_answer": Answer("question", "organ function", question="I5"),
}
