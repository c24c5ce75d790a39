"""Media in GraphQL: assets, pictures, films and recordings."""
