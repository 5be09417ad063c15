"""What a case still needs: the checklist per route, when a file will be complete, and what to chase first."""
