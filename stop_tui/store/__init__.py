"""What outlives a process: the journal (SQLite) holds every fact of a run, the lineage (git) every
accepted improver. Nothing here decides anything, and nothing damaged is ever repaired silently."""
