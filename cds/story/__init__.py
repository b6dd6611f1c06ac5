"""The course of residual disease as one picture needs it: results, events, thresholds and windows. Nothing is drawn."""
