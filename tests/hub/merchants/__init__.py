"""Tests of those who keep places."""
