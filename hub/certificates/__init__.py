"""Certificates of completed courses: numbered, verifiable by anybody, revocable."""
