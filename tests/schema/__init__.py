"""Tests of the GraphQL side: the endpoint, its limits, and the types."""
