"""WHAT THE RECORD SAYS. FHIR in, verdicts out. No web server."""
