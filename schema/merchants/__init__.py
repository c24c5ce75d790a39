"""Those who keep places, in GraphQL."""
