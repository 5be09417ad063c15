"""The commands, by what they work on; cli.py names them."""
