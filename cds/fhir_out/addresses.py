"""The addresses under which this installation answers FHIR requests."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Addresses:
    """`base` is the FHIR base URL, without a slash at its end."""

    base: str

    @classmethod
    def of(cls, public_url: str) -> Addresses:
        return cls(f"{public_url}/fhir")

    def value_set(self, name: str) -> str:
        return f"{self.base}/ValueSet/{name}"

    def module(self, trial_id: str, version: str) -> str:
        """The trial pack as a canonical: the study's address, and the version of the pack."""
        return f"{self.base}/ResearchStudy/{trial_id}|{version}"

    def operation(self) -> str:
        return f"{self.base}/OperationDefinition/assess"
