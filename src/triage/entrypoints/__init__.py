"""The doors: command line, API and pages."""
