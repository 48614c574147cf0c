"""The errors a user may meet: what happened, to what, what it means, and what to do about it."""


class StopError(Exception):
    """An error with a message made for the user; the command line prints it without a traceback.

    The message says what happened and to what; `hint`, when given, says what to do next.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(StopError):
    """What was asked for cannot be meant: an unknown name, a conflicting option."""

    exit_code = 2


class WorkspaceError(StopError):
    """The workspace is missing, unreadable or not writable."""


class TaskError(StopError):
    """A task's own code is broken; the message names its file and line."""


class ModelError(StopError):
    """A language model gave no usable answer and asking again would not help."""


class ModelOutage(ModelError):
    """The language model cannot be reached for now; the run pauses and can be continued."""

    exit_code = 3


class JournalError(StopError):
    """The journal is damaged, locked or from a newer version; it is left as it is."""


class LineageError(StopError):
    """The lineage repository is damaged or was changed by someone else; it is left as it is."""


class IsolationError(StopError):
    """Generated code cannot be isolated on this machine as asked."""


class LimitReached(StopError):
    """A limit is used up: the work pauses and can be continued with a larger one. `hint` is about
    the options of a run, `configured` about the limits of the configuration, which all else has."""

    exit_code = 3

    def __init__(
        self, message: str, *, hint: str | None = None, configured: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.configured = configured


class OutputClosed(StopError):
    """Whoever read what was printed has closed it; the run pauses."""

    exit_code = 3
