"""Where the union is present: towns, friendly streets, merchants, stations, service centres."""
