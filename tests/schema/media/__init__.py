"""Tests of media in GraphQL."""
