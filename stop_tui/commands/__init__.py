"""The commands of `stop-tui`, one module each with a `main(options) -> exit code`."""
