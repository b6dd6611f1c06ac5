"""AT THE ORDER: what a clinician is about to order, and what that would do to a trial."""
