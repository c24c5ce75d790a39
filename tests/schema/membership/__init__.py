"""Profiles and eligibility over GraphQL."""
