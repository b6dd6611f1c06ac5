"""What NCT07441291 says about its statistics, word for word, and how each sentence is read here.

Source of every quote: the registry page, as in the trial pack. What it leaves open is said to be open.
"""

from __future__ import annotations

from dataclasses import dataclass

TRIAL = "NCT07441291"
SOURCE = f"registry page of {TRIAL}, https://clinicaltrials.gov/study/{TRIAL}, as updated on 2026-05-13"
EXPERIMENTAL = "CD19 CAR-T"
CONTROL = "chemotherapy + DLI"
ARMS = (EXPERIMENTAL, CONTROL)
NEGATIVE, LOW_POSITIVE, POSITIVE, MISSING = "negative", "low_positive", "positive", "missing"
MRD_CLASSES = (NEGATIVE, LOW_POSITIVE, POSITIVE, MISSING)
MONTH_3_TOLERANCE_DAYS = 14
"""Half width of the month-3 window; the registry states none, this is the site's default."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A row of the protocol: its id, what we call it, the registry's words and our reading."""

    id: str
    title: str
    quote: str
    reading: str


PRIMARY = Definition(
    "P1",
    "Month-3 MRD negativity",
    "MRD negativity rate at 3 months post-treatment",
    "Patients negative at month 3, divided by everybody randomised to the arm. Missing results, and relapse or death "
    "before month 3, count as not negative. The registry does not define negative; the rows bring the class: negative "
    "below 0.01 % with a detection limit of 0.01 % or better, low_positive 0.01 % to below 0.1 %, positive 0.1 % or "
    "more.",
)
OVERALL_SURVIVAL = Definition(
    "Q3",
    "Overall survival",
    "overall survival (OS)",
    "From randomisation to death of any cause; otherwise censored at the last contact. The registry does not state the "
    "origin; randomisation is the site's choice.",
)
DISEASE_FREE_SURVIVAL = Definition(
    "Q4",
    "Disease-free survival",
    "disease-free survival (DFS)",
    "From randomisation to relapse or death, whichever is first; otherwise censored at the last contact. "
    "MRD and cross-over are not events.",
)
SURVIVAL_METHODS = Definition(
    "Q9",
    "Survival methods",
    "Survival data (OS, DFS) will be analyzed using Kaplan-Meier methods and log-rank tests",
    "By the arm assigned at randomisation, also after cross-over. An event on the day of randomisation counts at half "
    "a day.",
)
SAMPLE_SIZE = Definition(
    "ST1",
    "Sample size",
    "Sample size is calculated based on a superior design (90% vs 60% 3-month MRD negativity rate in CAR-T vs control "
    "group; α=0.05, β=0.2, 10% dropout rate)",
    "Recalculated with every usual formula, because the registry names none.",
)
DEFINITIONS = (PRIMARY, OVERALL_SURVIVAL, DISEASE_FREE_SURVIVAL, SURVIVAL_METHODS, SAMPLE_SIZE)
NOT_COVERED = (
    "Q1 (1-year MRD), Q2 (relapse as a competing risk), Q5 and Q6 (GVHD), Q7 (GRFS) and Q8 (haematological toxicity) "
    "are not in this report: the rows have no columns for them."
)
