"""Measurements outside runs as the explorer has them open."""
