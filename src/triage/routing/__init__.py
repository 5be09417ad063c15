"""Which route suits a case: the work it will need, never its outcome."""
