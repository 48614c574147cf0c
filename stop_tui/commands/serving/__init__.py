"""The explorer in a browser: a web server on this machine, and an explorer for each open page.

`guard` says who is let in, `session` is one explorer and the page that shows it, `server` puts both
behind an address, `complaints` are what is said when something fails. The page's terminal and the
way to talk to it are textual-serve's.
"""
