"""Tests of the GraphQL API as clients see it, on the sample district and on both databases."""
