"""Writes of certificates, and their printing."""
