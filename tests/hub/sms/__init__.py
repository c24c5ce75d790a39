"""Tests of those who carry messages, against servers that check signatures by the rules."""
