"""GraphQL about the nouns of `hub`; it opens no transaction and imports no ORM."""
