"""The product in verbs: each job reads, decides and writes."""
