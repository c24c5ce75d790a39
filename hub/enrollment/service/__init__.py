"""Writes of enrolment; each runs inside the transaction of whoever calls it."""
