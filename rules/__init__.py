"""WHAT THE PROTOCOLS SAY. Pure: no FHIR, HTTP, database or clock."""
