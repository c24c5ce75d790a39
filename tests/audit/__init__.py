"""The reference audit of GraphQL over HTTP, run against a real server."""
