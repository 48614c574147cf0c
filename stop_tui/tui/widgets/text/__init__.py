"""Lines of text: scrolled, wrapped, searched, selected, coloured, compared."""
