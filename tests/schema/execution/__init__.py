"""Tests of the breadth-first executor."""
