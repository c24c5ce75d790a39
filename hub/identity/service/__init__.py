"""Writes of identity: codes, sign-in, sessions, second factors, accounts."""
