"""What a decision is about, in words and figures, and whether a key that decides was meant."""
