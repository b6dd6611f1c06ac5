"""AFTER ENROLMENT: arms, day 0, visits, endpoints, and how the treatment kept to the protocol."""
