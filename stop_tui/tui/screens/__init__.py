"""The screens of the explorer, one module and one stylesheet each."""
