"""Runs one improver: a child of the zygote that talks to the host itself.

It ends by saying what the improver returned, or why it returned nothing; a process that ends
without a word has died.
"""

import msgspec

from . import chance
from .audit import Notes
from .conversation import Conversation
from .handles import LanguageModel, Utility
from .messages import Failed, ImproverProgram, Returned, as_bytes, as_text
from .program import described, load

_NAME = "improver"
_FUNCTION = "improve_algorithm"
_decoder = msgspec.msgpack.Decoder(ImproverProgram)  # made before the fork, once for all


def program(payload: bytes) -> ImproverProgram:
    """The program in `payload`."""
    return _decoder.decode(payload)


def run(given: ImproverProgram, conversation: Conversation, notes: Notes) -> None:
    """Load the module, call its `improve_algorithm` and tell the host how that went."""
    utility = Utility(
        conversation, notes, text=as_text(given.utility_text), budget=given.utility_calls
    )
    language_model = LanguageModel(
        conversation,
        notes,
        budget=given.lm_calls,
        max_responses_per_call=given.responses_per_call,
    )
    chance.start(given.seed)
    try:
        improve = getattr(load(_NAME, given.source), _FUNCTION, None)
        if not callable(improve):
            conversation.say(_failed("error", f"it does not define a function `{_FUNCTION}`"))
            return
        returned = improve(as_text(given.initial_solution), utility, language_model)
    except BaseException as error:  # noqa: BLE001 - whatever it raises is how it ended
        conversation.say(_failed("error", described(error, _NAME)))
        return
    try:
        last = _last_word(returned)
    except BaseException as error:  # noqa: BLE001 - what it returned may do anything when touched
        last = _failed("bad result", described(error, _NAME))
    conversation.say(last)


def _last_word(returned: object) -> Returned | Failed:
    if isinstance(returned, str):
        return Returned(as_bytes(str.__str__(returned)))
    kind = str.__str__(type(returned).__name__)
    return _failed("bad result", f"it returned {kind} instead of source text")


def _failed(verdict: str, reason: str) -> Failed:
    return Failed("bad result" if verdict == "bad result" else "error", as_bytes(reason))
