"""Audit: what was done to what, by whom, when; written once and never changed."""
