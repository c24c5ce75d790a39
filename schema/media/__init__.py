"""Media in GraphQL: assets, uploads, and what is made of them."""
