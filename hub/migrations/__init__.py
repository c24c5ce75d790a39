"""The one history of the database; a released migration is never edited."""
