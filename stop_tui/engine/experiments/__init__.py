"""Experiments that measure improvers outside runs, each in a journal that outlasts it."""
