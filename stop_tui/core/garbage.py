"""The search for garbage, of which a run makes little: most of what it makes stays to its end."""

import gc

RARELY = (5_000, 20, 20)
"""How much has to be made before a search (the default is 700, 10, 10): one through everything
keeps a key waiting for longer than painting takes, and is a tenth of what a call costs."""


def search_rarely() -> None:
    """Search for garbage less often from now on."""
    gc.set_threshold(*RARELY)


def keep_what_is_there() -> None:
    """Say that what there is now stays: modules, and what was read. It is not looked through again,
    which would stop keys for a tenth of a second in a run of tens of thousands of events."""
    gc.freeze()
