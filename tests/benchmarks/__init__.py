"""Measures the hub: the reference queries over HTTP, beside the same queries written by hand."""
