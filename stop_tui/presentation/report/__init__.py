"""A run as one page to share, in HTML or Markdown, from the journal and what experiments measured.

`record` reads the journal; one module a part of the page says what stands there, in the words of
the screens, as plain blocks; `markup` and `markdown` write blocks and are the only places where
text is escaped.
"""
