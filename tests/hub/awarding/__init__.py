"""Tests of medals."""
