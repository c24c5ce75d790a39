"""The directory in GraphQL: towns and streets, places, their hours, what they offer."""
