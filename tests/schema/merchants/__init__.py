"""Tests of those who keep places, over GraphQL."""
