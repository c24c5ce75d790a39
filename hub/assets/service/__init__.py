"""Writes of assets: uploads, what becomes of them, checks and sweeps."""
