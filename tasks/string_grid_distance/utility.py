"""String grid distance: find a string at a given distance from another.

The grid distance of two strings of equal length is the number of positions at which they differ,
plus the number of neighbouring characters that are unequal in one, plus the same in the other.

`algorithm(t: str, dist: int) -> str` gets a string of 1 to 30 characters A and B and a distance
that some string has. It returns a string of the same length over A and B, within LIMIT seconds.
The score is 1 if its grid distance to t is dist, else at most 0.5, and less the further it is off.
"""

LIMIT = 0.1
INSTANCES = {"val": 50, "test": 50}

LONGEST = 30


def changes(text):
    return sum(text[i] != text[i - 1] for i in range(1, len(text)))


def grid_distance(s, t):
    differing = sum(s[i] != t[i] for i in range(len(t)))
    return differing + changes(s) + changes(t)


def instance(rng):
    length = int(rng.integers(1, LONGEST + 1))
    t = "".join(rng.choice(["A", "B"], size=length))
    s = "".join(rng.choice(["A", "B"], size=length))
    return (t, grid_distance(s, t)), None


def score(inputs, hidden, output):
    t, dist = inputs
    if not isinstance(output, str):
        raise TypeError(f"expected a string, not {type(output).__name__}")
    if len(output) != len(t) or not set(output) <= {"A", "B"}:
        raise ValueError("expected a string over A and B, as long as t")
    error = abs(grid_distance(output, t) - dist)
    return 1.0 if error == 0 else 0.5 - error / (6 * len(t))
