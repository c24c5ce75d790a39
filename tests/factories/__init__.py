"""Rows for tests: one module a domain, each function stores one row and returns it.

Whatever a test does not care about has a default that makes the row visible to the public.
"""
