"""Tests of enrolment: seats, waiting lists, what editors change of them."""
