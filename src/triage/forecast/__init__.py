"""How many people will come."""
