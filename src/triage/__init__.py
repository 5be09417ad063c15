"""triage: forecast the asylum inflow, predict the work of a case, suggest a route; the officer decides."""

__version__ = "0.1.0"
