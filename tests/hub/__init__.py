"""Tests of the hub, laid out as the source is."""
