"""The promises of seats: none oversold, each in turn, nothing acknowledged is lost."""
