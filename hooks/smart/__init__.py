"""SMART App Launch 2: the workbench opened inside an EHR, with the EHR's own token."""
