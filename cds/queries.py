"""The one table of queries, and which resource types each fact needs. Prefetch templates are derived from it.

A query is a FHIR R4 read or a search by patient within CDS Hooks' restricted query subset (CDS Hooks 2.0 §"Prefetch
query restrictions"). How a vendor must be asked instead is data: see `cds.vendors`.
"""

from __future__ import annotations

from dataclasses import dataclass

PATIENT_TOKEN = "{{context.patientId}}"  # noqa: S105 - a placeholder of the standard, not a password


@dataclass(frozen=True, slots=True)
class Query:
    """One prefetch key: a read of the Patient itself, or a search of one type by patient, perhaps sorted.

    `optional`: what it brings only keeps suggestions away; nothing is open because it is missing.
    """

    key: str
    resource_type: str
    sort: str | None = None
    optional: bool = False

    @property
    def template(self) -> str:
        if self.resource_type == "Patient":
            return f"Patient/{PATIENT_TOKEN}"
        sort = f"&_sort={self.sort}" if self.sort else ""
        return f"{self.resource_type}?patient={PATIENT_TOKEN}{sort}"


QUERIES: tuple[Query, ...] = (
    Query("patient", "Patient"),
    Query("conditions", "Condition"),
    Query("observations", "Observation", sort="-date"),
    Query("procedures", "Procedure"),
    Query("medicationRequests", "MedicationRequest"),
    Query("medicationAdministrations", "MedicationAdministration"),
    Query("medicationStatements", "MedicationStatement"),
    Query("specimens", "Specimen"),
    Query("consents", "Consent"),
    Query("researchSubjects", "ResearchSubject"),
    Query("questionnaireResponses", "QuestionnaireResponse"),
    Query("lists", "List"),
    Query("serviceRequests", "ServiceRequest", optional=True),
    Query("tasks", "Task", optional=True),
)
PREFETCH: dict[str, str] = {query.key: query.template for query in QUERIES}
TYPE_OF_KEY: dict[str, str] = {query.key: query.resource_type for query in QUERIES}

MEDICATIONS = frozenset({"MedicationRequest", "MedicationAdministration", "MedicationStatement"})
# Types that no search by patient finds: they are read when a resource of the listed types refers to them.
REFERRED_FROM: dict[str, frozenset[str]] = {
    "Medication": MEDICATIONS,
    "Specimen": frozenset({"Observation"}),
    "ResearchStudy": frozenset({"ResearchSubject"}),
}
READ_TYPES: frozenset[str] = frozenset(TYPE_OF_KEY.values()) | REFERRED_FROM.keys()
OPTIONAL_TYPES: frozenset[str] = frozenset(query.resource_type for query in QUERIES if query.optional)
NEEDED_TYPES: frozenset[str] = READ_TYPES - OPTIONAL_TYPES

# What a fact's reader must have seen completely before it says anything definite, also that something is absent.
NEEDS: dict[str, frozenset[str]] = {
    "age_years": frozenset({"Patient"}),
    "sex": frozenset({"Patient"}),
    "ecog": frozenset({"Observation"}),
    "b_lineage_all": frozenset({"Condition"}),
    "allogeneic_hsct": frozenset({"Procedure", "Condition"}),
    "ph_status": frozenset({"Observation", "Condition"}),
    # The sample must follow the transplant, which only a Procedure dates.
    "post_hsct_mrd_flow_cd19_pct": frozenset({"Observation", "Procedure"}),
    "marrow_blast_pct": frozenset({"Observation"}),
    "circulating_blasts": frozenset({"Observation"}),
    "extramedullary_leukemia": frozenset({"Condition"}),
    "relapse_diagnosis": frozenset({"Condition"}),
    "pregnancy_test": frozenset({"Observation"}),
    "infertility": frozenset({"Condition", "Procedure"}),
    "active_infection": MEDICATIONS | {"Condition", "Observation"},
    "uncontrolled_gvhd": MEDICATIONS | {"Condition", "Observation"},
    "cns_disorder": frozenset({"Condition", "Observation"}),
    "autoimmune_disease": frozenset({"Condition"}),
    "other_malignancy": MEDICATIONS | {"Condition"},
    "creatinine_xuln": frozenset({"Observation"}),
    "ast_xuln": frozenset({"Observation"}),
    "alt_xuln": frozenset({"Observation"}),
    "bilirubin_total_mg_dl": frozenset({"Observation"}),
    "age_months": frozenset({"Patient"}),
    "karnofsky": frozenset({"Observation"}),
    "obtainable_blast_pct": frozenset({"Observation", "Specimen"}),
    **{
        f"{antigen}_on_blasts": MEDICATIONS | {"Observation", "Procedure"}
        for antigen in ("cd19", "cd22", "cd20", "cd10", "cd123")
    },
    "lvef_pct": frozenset({"Observation"}),
    "spo2_pct": frozenset({"Observation"}),
    "hemoglobin_g_l": frozenset({"Observation"}),
    "platelets_10_9_l": frozenset({"Observation"}),
    "end_of_life_signs": frozenset({"Condition", "Procedure", "Observation"}),
    "apheresis_warning": frozenset({"Condition", "Observation"}),
    "enrolment_consent": frozenset({"Consent"}),
    "sepsis": frozenset({"Condition"}),
    "uncontrolled_infection": MEDICATIONS | {"Condition", "Observation"},
    "hiv_infection": frozenset({"Condition", "Observation"}),
    "hbv_infection": frozenset({"Condition", "Observation"}),
    "hcv_infection": frozenset({"Condition", "Observation"}),
    "pregnancy": frozenset({"Condition", "Observation", "Procedure"}),
    "nursing": frozenset({"Condition", "Observation"}),
    "systemic_glucocorticoid": MEDICATIONS,
    "gene_therapy": MEDICATIONS | {"Condition", "Procedure"},
    "study_arm": frozenset({"ResearchSubject"}),
    "protocol_treatment": MEDICATIONS | {"Procedure", "ResearchSubject"},
    "month3_mrd_flow_pct": MEDICATIONS | {"Observation", "Procedure", "ResearchSubject"},
    "entry_mrd_flow_pct": MEDICATIONS | {"Observation", "Procedure", "ResearchSubject"},
    "crossover_consent": frozenset({"Consent"}),
    "organ_function_answer": frozenset({"QuestionnaireResponse"}),
}
