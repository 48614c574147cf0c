"""Runs as the explorer has them: sessions, their past, the list of them, and drafts of new ones."""
