"""Attendance through the API."""
