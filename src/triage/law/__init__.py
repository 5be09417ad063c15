"""What the rules say on a lodging date."""
