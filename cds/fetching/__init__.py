"""What prefetch did not bring is fetched from the EHR's FHIR server. `gather.fetch_missing` is the way in."""
