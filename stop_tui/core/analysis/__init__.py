"""Reading sources: which strategies a program uses, what gives cause for a warning, what makes it
not reproducible. Only the syntax tree is read; nothing here may run a program."""
