"""Registered documents: what the front ends of the district may ask, known before they ask it."""
