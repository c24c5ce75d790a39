"""Identity in GraphQL: who asks, signing in, sessions, second factors."""
