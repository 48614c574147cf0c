"""What the keys of the explorer mean: the registry of actions, remaps, and the palette."""
