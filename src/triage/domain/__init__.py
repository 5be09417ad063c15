"""The nouns: cases, facts, tables, dates and errors. Knows only Python, numpy, pandas and pandera."""
