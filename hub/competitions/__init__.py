"""Skill competitions: divisions, stages, prizes."""
