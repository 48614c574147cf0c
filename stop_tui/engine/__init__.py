"""The run: meta-iterations, the meta-utility, the gate, and the broker of generated programs."""
