"""What we know, as FHIR R4: verdicts, studies, criteria, value sets and our own capabilities. Plain dictionaries."""
