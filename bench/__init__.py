"""Measurements, each printed beside its bound: `python -m bench [NAME ...]`."""
