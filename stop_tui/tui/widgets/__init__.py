"""What the screens are built of. A widget draws what it is given and says what was done to it; it
knows nothing of runs, journals or git."""
