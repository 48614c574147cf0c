"""Rows in columns with a cursor."""
