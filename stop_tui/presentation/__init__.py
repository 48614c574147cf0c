"""What the command line and the explorer say alike: words and figures, without a screen.

It renders events and states as plain text and starts nothing.
"""
