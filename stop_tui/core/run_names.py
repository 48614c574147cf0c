"""Names of runs: what is allowed, and made-up ones such as ``brave-otter``.

A run's name is also its branch, so it must be a word that git and a shell leave alone, and it must
not look like another way of naming a version (a commit, ``I3``, HEAD) or like an option.
"""

import random
import re
from collections.abc import Collection

from stop_tui.core.errors import UsageError

LONGEST = 60

_SHAPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_LIKE_A_COMMIT = re.compile(r"[0-9a-fA-F]{4,40}")
_LIKE_A_VERSION = re.compile(r"[iI][0-9]+")
# git looks for these beside its branches first, or uses them itself.
_GITS_OWN = re.compile(r"(?i:head|config|description|no-run-yet|[a-z_]+_head)")

_MANNERS = (
    "able amber apt avid bold brave brisk bright calm candid clear clever cosy crisp curious deft "
    "eager early fair fleet fond frank fresh gentle glad golden grand hardy honest humble jolly "
    "keen kind lively loyal lucid lucky mellow merry mild modest neat nimble noble patient plucky "
    "polite prime proud quick quiet ready robust shy silent silver sly smart snug solid spry "
    "steady sunny swift tidy vivid warm wise witty"
)
_ANIMALS = (
    "auk badger bat beaver bee bison bittern bream carp cat civet cod coot crab crane cricket "
    "curlew deer dingo dove duck eel egret elk ermine falcon finch fox frog gecko gibbon goose "
    "grouse gull hare hawk heron hoopoe ibex ibis jackal jay kestrel kite kiwi koala lark lemur "
    "lynx marten mink mole moose moth newt ocelot okapi oriole osprey otter owl oyster panda perch "
    "pika pike plover puffin quail rail raven robin rook salmon seal shrew shrike skink snipe "
    "sparrow squid stoat stork swan tapir teal tern thrush toad trout turtle viper vole walrus "
    "weasel whale wolf wombat wren yak zebra"
)


def check_run_name(name: str) -> str:
    """`name`, when it may name a run; else a UsageError that says why not."""
    problem = None
    if not name:
        problem = "it is empty"
    elif len(name) > LONGEST:
        problem = f"it is longer than {LONGEST} characters"
    elif not _SHAPE.fullmatch(name):
        problem = "it may have only letters, digits, - and _ and must begin with a letter or digit"
    elif _LIKE_A_COMMIT.fullmatch(name):
        problem = "it looks like a commit"
    elif _LIKE_A_VERSION.fullmatch(name):
        problem = "it looks like a version of the latest run"
    elif _GITS_OWN.fullmatch(name):
        problem = "git has another meaning for it"
    if problem is not None:
        raise UsageError(
            f"{name[:LONGEST]!r} cannot name a run: {problem}.",
            hint="Choose a name such as brave-otter, or leave --name out to be given one.",
        )
    return name


def made_up_run_name(rng: random.Random, taken: Collection[str]) -> str:
    """A name such as ``brave-otter`` that is not in `taken`, drawn from `rng`."""
    used = frozenset(taken)
    manners, animals = _MANNERS.split(), _ANIMALS.split()
    while True:
        pair = f"{rng.choice(manners)}-{rng.choice(animals)}"
        if pair not in used:
            return pair
        # A workspace with very many runs still gets a name: numbers never run out.
        numbered = f"{pair}-{rng.randrange(2, 10 + len(used))}"
        if numbered not in used:
            return numbered
