"""The registry of actions: every key of the explorer, its name, and what it does, in one place.

Screens and widgets take their bindings from here, and so do the footer, the help, the command
palette and the check of remapped keys. A scope is a place where keys are heard; `PLACES` says which
scopes are heard together, and no key may mean two things in one place.
"""

from typing import NamedTuple

from textual.binding import Binding, BindingType


class Action(NamedTuple):
    """One thing that a key does. `does` is the method ``action_<does>`` of whoever owns the scope;
    `keys` are separated by commas; `shown` puts it into the footer."""

    id: str
    keys: str
    does: str
    label: str
    help: str
    shown: bool = False


SCOPES: dict[str, tuple[Action, ...]] = {
    "app": (
        Action("app.help", "question_mark,f1", "show_help", "Help", "What the keys here do.", True),
        Action("app.palette", "ctrl+p", "command_palette", "Palette", "Find any action."),
        Action("app.theme", "ctrl+t", "next_theme", "Theme", "Dark, light or terminal colours."),
        Action("app.screenshot", "f12", "save_screen", "Save screen", "Save the screen as SVG."),
        Action(
            "app.quit", "ctrl+q", "quit", "Quit", "Leave; what runs is paused, nothing is lost."
        ),
    ),
    "screen": (
        Action("screen.back", "escape", "back", "Back", "Go back to where you came from.", True),
        Action("screen.find", "slash", "find", "Find", "Find text in the panel in focus."),
        Action("screen.find_next", "full_stop", "find_next", "Next match", "Find the next match."),
        Action("screen.find_previous", "comma", "find_previous", "Previous match", "Find back."),
        Action("screen.copy", "y", "copy", "Copy", "Copy what the panel in focus shows."),
        Action("screen.save", "w", "save", "Save", "Save what the panel shows to a file."),
    ),
    "list": (
        Action("list.up", "up,k", "up", "Up", "To the row above."),
        Action("list.down", "down,j", "down", "Down", "To the row below."),
        Action("list.page_up", "pageup", "page_up", "Page up", "A page of rows up."),
        Action("list.page_down", "pagedown", "page_down", "Page down", "A page of rows down."),
        Action("list.first", "home,g", "first", "First", "To the first row."),
        Action("list.last", "end,G", "last", "Last", "To the last row."),
        Action("list.choose", "enter", "choose", "Open", "Open the row."),
    ),
    "text": (
        Action("text.up", "up,k", "line_up", "Up", "Scroll a line up."),
        Action("text.down", "down,j", "line_down", "Down", "Scroll a line down."),
        Action("text.page_up", "pageup", "page_up", "Page up", "Scroll a page up."),
        Action("text.page_down", "pagedown", "page_down", "Page down", "Scroll a page down."),
        Action("text.first", "home,g", "first", "Top", "To the first line."),
        Action("text.last", "end,G", "last", "End", "To the last line."),
        Action("text.left", "left", "column_left", "Left", "Scroll to the left."),
        Action("text.right", "right", "column_right", "Right", "Scroll to the right."),
    ),
    "find": (
        Action("find.next", "down", "again(True)", "Next match", "The next match."),
        Action("find.previous", "up", "again(False)", "Previous match", "The match before."),
        Action("find.close", "escape", "close", "Close", "Close the find bar."),
    ),
    "diff": (
        Action("diff.next_hunk", "right_square_bracket", "next_hunk", "Next hunk", "Next change."),
        Action(
            "diff.previous_hunk",
            "left_square_bracket",
            "previous_hunk",
            "Previous hunk",
            "Previous change.",
        ),
        Action("diff.layout", "vertical_line", "layout", "Side by side", "Unified, side by side."),
        Action("diff.context", "asterisk", "context", "Whole file", "The whole file or 3 lines."),
    ),
    "tabs": (
        Action("tabs.next", "right_curly_bracket", "next_tab", "Next tab", "To the next tab."),
        Action(
            "tabs.previous",
            "left_curly_bracket",
            "previous_tab",
            "Previous tab",
            "To the tab before.",
        ),
    ),
    "home": (
        Action("home.new", "n", "new_run", "New run", "Set up a new run.", True),
        Action("home.resume", "r", "resume", "Resume", "Open the run and go on with it.", True),
        Action("home.from", "f", "start_from", "From version", "Start from a version.", True),
        Action("home.lineage", "l", "lineage", "Lineage", "The versions of all runs.", True),
        Action("home.quit", "q", "app.quit", "Quit", "Leave the explorer.", True),
    ),
    "form": (
        Action("form.start", "ctrl+s", "start", "Start", "Start the run.", True),
        Action(
            "form.start_step",
            "ctrl+n",
            "start_step",
            "Start, one step",
            "Start the run and stop after one meta-iteration.",
            True,
        ),
        Action("form.choose", "space", "choose", "Choose", "Choose the row, or no longer.", True),
    ),
    "create": (Action("create.create", "ctrl+s", "create", "Create", "Make the workspace.", True),),
    "run": (
        Action("run.step", "n", "step", "Step", "Run one meta-iteration, then stop.", True),
        Action("run.pause", "space", "pause_or_go", "Run/pause", "Run on, or pause now.", True),
        Action("run.stop_after", "u", "stop_after", "Stop after", "Stop after this one.", False),
        Action("run.cancel", "ctrl+x", "cancel", "Cancel", "End the run for good."),
        Action("run.limits", "M", "limits", "Limits", "Change a limit and run on."),
        Action("run.review", "v", "review", "Review", "What waits for your decision.", True),
        Action("run.approve", "a", "approve", "Approve", "To the review, where it is approved."),
        Action("run.reject", "x", "reject", "Reject", "To the review, where it is rejected."),
        Action("run.edit", "e", "edit", "Edit", "To the review, where it is edited."),
        Action("run.source", "o", "show('source')", "Source", "The source of the candidate."),
        Action("run.diff", "d", "show('diff')", "Diff", "The candidate against another version."),
        Action("run.scores", "s", "show('scores')", "Scores", "Scores by task and repeat."),
        Action("run.transcript", "t", "show('transcript')", "Transcript", "Its model calls."),
        Action("run.sandbox", "b", "show('sandbox')", "Sandbox", "What its programs attempted."),
        Action("run.idea", "i", "show('idea')", "Idea", "The idea, strategies and warnings."),
        Action("run.against", "c", "against", "Against", "Choose what the diff is against."),
        Action("run.reveal", "R", "reveal_test", "Reveal test", "Look at the test figures early."),
        Action("run.lineage", "l", "lineage", "Lineage", "The versions of all runs.", True),
        Action("run.transfer", "T", "transfer", "Transfer", "The version on other tasks."),
        Action("run.pane_1", "1", "pane(1)", "Versions", "Go to the versions and the plot."),
        Action("run.pane_2", "2", "pane(2)", "Candidates", "Go to the candidates."),
        Action("run.pane_3", "3", "pane(3)", "Detail", "Go to the detail."),
        Action("run.older", "less_than_sign", "travel(-1)", "Event back", "One event back."),
        Action("run.newer", "greater_than_sign", "travel(1)", "Event on", "One event forward."),
        Action(
            "run.oldest",
            "left_parenthesis",
            "travel_far(-1)",
            "Iteration back",
            "One meta-iteration back.",
        ),
        Action(
            "run.newest",
            "right_parenthesis",
            "travel_far(1)",
            "Iteration on",
            "One meta-iteration forward.",
        ),
        Action("run.now", "0", "travel_now", "Now", "Leave the past: show the run as it is."),
    ),
    "review": (
        Action("review.approve", "a", "approve", "Approve", "Make it the next version.", True),
        Action("review.reject", "x", "reject", "Reject", "Keep the incumbent.", True),
        Action("review.pick", "p", "pick", "Pick", "Review another candidate instead.", True),
        Action("review.edit", "e", "edit", "Edit", "Edit it; it is measured again.", True),
        Action("review.more", "m", "more", "More repeats", "Measure with more repeats.", True),
        Action("review.reveal", "R", "reveal_test", "Reveal test", "Look at the test figures."),
        Action("review.source", "o", "show('source')", "Source", "The whole source."),
        Action("review.diff", "d", "show('diff')", "Diff", "Against the incumbent."),
        Action("review.scores", "s", "show('scores')", "Scores", "Scores by task and repeat."),
        Action("review.transcript", "t", "show('transcript')", "Transcript", "Its model calls."),
        Action("review.sandbox", "b", "show('sandbox')", "Sandbox", "What was attempted."),
        Action("review.idea", "i", "show('idea')", "Idea", "Idea, strategies, warnings."),
        Action("review.against", "c", "against", "Against", "Choose what the diff is against."),
    ),
    "execution": (
        Action("execution.allow", "a", "allow", "Allow", "Let the candidate run.", True),
        Action("execution.refuse", "x", "refuse", "Refuse", "It never runs in this run.", True),
    ),
    "dialog": (
        Action("dialog.leave", "escape", "leave", "Leave", "Close it; nothing happens.", True),
    ),
    "answer": (
        Action("answer.accept", "enter", "accept", "Accept", "Take the line or the button.", True),
    ),
    "note": (Action("note.keep", "ctrl+s", "accept", "Keep", "Keep what is written.", True),),
    "confirm": (
        Action("confirm.yes", "y", "yes", "Yes", "Do it, where no reason is typed.", True),
        Action("confirm.no", "n", "no", "No", "Do nothing, where no reason is typed.", True),
        Action("confirm.other", "left,right", "other", "Other", "To the other button."),
    ),
    "help": (Action("help.close", "escape,q", "leave", "Close", "Close the help.", True),),
    "solution": (
        Action("solution.source", "o", "show('source')", "Source", "The source.", True),
        Action("solution.diff", "d", "show('diff')", "Diff", "Against the seed.", True),
        Action("solution.instances", "i", "show('instances')", "Instances", "By instance.", True),
    ),
    "lineage": (
        Action("lineage.mark", "space", "mark", "Mark", "Mark a version to compare with.", True),
        Action("lineage.compare", "c", "compare", "Compare", "Compare with the marked.", True),
        Action("lineage.start", "f", "start_from", "Start", "Start a run from it.", True),
        Action("lineage.note", "n", "note", "Note", "Add a note (git notes)."),
        Action(
            "lineage.strategies", "s", "strategies", "Timeline", "Strategies over versions.", True
        ),
        Action("lineage.copy_id", "i", "copy_id", "Copy id", "Copy the commit id."),
        Action("lineage.copy_message", "m", "copy_message", "Copy message", "Copy the message."),
        Action("lineage.git", "t", "git_tool", "git", "Open it in your git tool."),
        Action("lineage.transfer", "T", "transfer", "Transfer", "Measure it on tasks.", True),
        Action("lineage.message", "d", "show('message')", "Message", "Message and trailers."),
        Action("lineage.source", "o", "show('source')", "Source", "The source of the version."),
    ),
    "strategies": (
        Action(
            "strategies.older",
            "less_than_sign",
            "version(-1)",
            "Older",
            "To the version before.",
            True,
        ),
        Action(
            "strategies.newer",
            "greater_than_sign",
            "version(1)",
            "Newer",
            "To the next version.",
            True,
        ),
        Action(
            "strategies.turn_back",
            "left_parenthesis",
            "turn(-1)",
            "Turn back",
            "To where the strategy came or went before.",
            True,
        ),
        Action(
            "strategies.turn_on",
            "right_parenthesis",
            "turn(1)",
            "Turn on",
            "To where it comes or goes next.",
            True,
        ),
    ),
    "transfer": (
        Action("transfer.go", "space", "go", "Measure/pause", "Measure, or pause now.", True),
        Action("transfer.task", "x", "task", "Task in/out", "Measure this task, or not.", True),
        Action("transfer.repeats", "r", "repeats", "Repeats", "How many repeats a task.", True),
    ),
}

_EVERYWHERE = ("app", "screen", "list", "text")
PLACES: dict[str, tuple[str, ...]] = {
    "home": (*_EVERYWHERE, "home"),
    "form": (*_EVERYWHERE, "form"),
    "create": (*_EVERYWHERE, "create"),
    "run": (*_EVERYWHERE, "diff", "tabs", "run"),
    "review": (*_EVERYWHERE, "diff", "tabs", "review"),
    "lineage": (*_EVERYWHERE, "lineage"),
    "strategies": (*_EVERYWHERE, "strategies"),
    "compare": (*_EVERYWHERE, "diff"),
    "transfer": (*_EVERYWHERE, "transfer"),
    "execution": (*_EVERYWHERE, "execution"),
    "solution": (*_EVERYWHERE, "diff", "tabs", "solution"),
    "find": ("app", "find"),
    "choose": ("app", "list", "dialog"),
    "ask": ("app", "dialog", "answer"),
    "ask_lines": ("app", "dialog", "note"),
    "confirm": ("app", "dialog", "answer", "confirm"),
    "help": ("app", "text", "help"),
}
"""The scopes whose keys are heard together, by screen or dialog. A list and a text are never both
in focus, so `list` and `text` may share keys with each other and with nothing else."""


TYPED_IN = ("find", "create", "dialog", "answer", "note")
"""The scopes that are heard while one types: a character there is text, so each of their actions
needs a key that types nothing."""


def bindings(scope: str, *, owner: str = "") -> list[BindingType]:
    """The bindings of `scope`, for the BINDINGS of whoever owns it; `owner` (``app.``) names who
    takes the actions where that is another than the one who hears the keys."""
    return [
        Binding(
            action.keys,
            f"{owner}{action.does}",
            action.label,
            show=action.shown,
            id=action.id,
            tooltip=action.help,
        )
        for action in SCOPES[scope]
    ]
