"""Versions as the explorer has them: the lineage, its graph, and two sides to compare."""
