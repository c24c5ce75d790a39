"""Those who compete and judge, in GraphQL."""
