"""The explorer: screens on the finished engine. It renders state and sends decisions, no more.

Only this package imports textual. What a screen shows comes from the state folded from the journal;
what a human decides goes back through the run's gate.
"""

import os

# A key that moves a cursor changes a second panel one frame later; frames of 4 ms keep both
# within what a hand feels as at once. Textual reads this once, when it is imported.
os.environ.setdefault("TEXTUAL_FPS", "240")
