"""Tests of identity: its rules, its codes, its sessions."""
