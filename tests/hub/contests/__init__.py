"""Tests of those who compete and judge."""
