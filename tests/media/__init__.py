"""Bytes: storage, uploads, serving, films."""
