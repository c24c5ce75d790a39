"""Medals: what was won in a competition becomes an honour of the district."""
