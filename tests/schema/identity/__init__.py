"""Tests of signing in over GraphQL."""
