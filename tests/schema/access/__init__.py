"""Tests of access, audit and limits through the endpoint."""
