"""Reads of those who compete and judge; each says whom it is for."""
