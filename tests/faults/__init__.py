"""Faults: things broken on purpose while the hub works, and what has to hold after that."""
