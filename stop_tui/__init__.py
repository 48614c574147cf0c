"""stop-tui: watch a language model improve the very program that calls it."""

__version__ = "0.1.0"
