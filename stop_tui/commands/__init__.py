"""The commands of `stop-tui`, one module each with a `main(options) -> exit code`."""

INTERRUPTED = 130
"""The exit code after ctrl-c."""
