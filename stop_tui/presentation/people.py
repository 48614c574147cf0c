"""Who is at the keyboard, as decisions, notes and cancellations name them."""

import getpass


def user_name() -> str:
    """The login name of whoever runs this process; ``human`` where it has none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "human"
