"""Remapped keys: taken as meant, refused where two actions would share one."""

import pytest

from stop_tui.core.errors import UsageError
from stop_tui.tui.app import Explorer
from stop_tui.tui.keys.actions import PLACES, SCOPES, bindings
from stop_tui.tui.keys.keymap import read_keymap, shown_keys
from stop_tui.tui.screens.ask_lines import AskLines
from stop_tui.tui.screens.create_workspace import CreateWorkspaceScreen
from stop_tui.tui.screens.dialog import Dialog
from stop_tui.tui.screens.dialogs import Confirm
from stop_tui.tui.screens.execution import ExecutionScreen
from stop_tui.tui.screens.explorer_screen import ExplorerScreen
from stop_tui.tui.screens.help import ABOUT, HelpScreen
from stop_tui.tui.screens.home import HomeScreen
from stop_tui.tui.screens.lineage import LineageScreen
from stop_tui.tui.screens.lineage_strategies import StrategiesScreen
from stop_tui.tui.screens.new_run import NewRunScreen
from stop_tui.tui.screens.review import ReviewScreen
from stop_tui.tui.screens.run import RunScreen
from stop_tui.tui.screens.solution import SolutionScreen
from stop_tui.tui.screens.transfer import TransferScreen
from stop_tui.tui.widgets.detail.tabbed import Tabbed
from stop_tui.tui.widgets.find_bar import FindBar
from stop_tui.tui.widgets.rows.listing import Listing
from stop_tui.tui.widgets.text.diff_view import DiffView
from stop_tui.tui.widgets.text.lines import Lines


@pytest.mark.parametrize("place", PLACES)
def test_no_key_means_two_things_in_one_place(place: str) -> None:
    taken: dict[str, tuple[str, str]] = {}
    for scope in PLACES[place]:
        for action in SCOPES[scope]:
            for key in action.keys.split(","):
                other = taken.setdefault(key, (scope, action.id))
                assert other[1] == action.id or {other[0], scope} == {"list", "text"}, (key, other)


def test_every_action_has_a_name_a_key_and_a_sentence_of_help() -> None:
    actions = [action for scope in SCOPES.values() for action in scope]
    assert len({action.id for action in actions}) == len(actions)
    for scope in SCOPES:
        for binding in bindings(scope):
            assert binding.id and binding.key and binding.description and binding.tooltip


@pytest.mark.parametrize(
    ("keys", "meant"),
    [("z", "z"), ("?", "question_mark"), ("f5, ctrl+n", "f5,ctrl+n"), (",", "comma")],
)
def test_keys_are_given_as_people_write_them(keys: str, meant: str) -> None:
    remaps = {"run.step": keys}
    if keys == "?":
        remaps["app.help"] = "f1"
    if keys == ",":
        remaps["screen.find_previous"] = "ctrl+b"
    assert read_keymap(remaps)["run.step"] == meant


def test_a_key_that_two_actions_would_share_is_refused_by_both_names() -> None:
    with pytest.raises(UsageError) as refused:
        read_keymap({"run.step": "d"})
    assert "run.step" in refused.value.message
    assert "run.diff" in refused.value.message
    assert "'d'" in refused.value.message


def test_two_actions_may_swap_their_keys() -> None:
    swapped = read_keymap({"run.step": "d", "run.diff": "n"})
    assert shown_keys(next(a for a in SCOPES["run"] if a.id == "run.step"), swapped) == "d"


def test_the_same_key_may_serve_in_two_places_that_are_never_together() -> None:
    assert read_keymap({"home.new": "a"}) == {"home.new": "a"}


@pytest.mark.parametrize(
    ("remaps", "words"),
    [
        ({"run.fly": "z"}, "unknown action 'run.fly'"),
        ({"run.step": "notakey"}, "'notakey', which is no key"),
        ({"run.step": "hyper+x"}, "'hyper+x', which is no key"),
        ({"run.step": " "}, "gives run.step no key"),
        ({"\x1b[31mrun": "z"}, "unknown action"),
    ],
)
def test_what_cannot_be_meant_is_refused(remaps: dict[str, str], words: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_keymap(remaps)
    assert words in refused.value.message
    assert "\x1b" not in refused.value.message


OWNERS = {
    "app": Explorer,
    "screen": ExplorerScreen,
    "list": Listing,
    "text": Lines,
    "find": FindBar,
    "diff": DiffView,
    "tabs": Tabbed,
    "home": HomeScreen,
    "form": NewRunScreen,
    "create": CreateWorkspaceScreen,
    "run": RunScreen,
    "review": ReviewScreen,
    "execution": ExecutionScreen,
    "solution": SolutionScreen,
    "lineage": LineageScreen,
    "strategies": StrategiesScreen,
    "transfer": TransferScreen,
    "dialog": Dialog,
    "answer": Confirm,
    "note": AskLines,
    "confirm": Confirm,
    "help": HelpScreen,
}


@pytest.mark.parametrize("scope", SCOPES)
def test_every_action_is_done_by_whoever_owns_its_scope(scope: str) -> None:
    for action in SCOPES[scope]:
        name = action.does.partition("(")[0]
        owner = Explorer if name.startswith("app.") else OWNERS[scope]
        method = f"action_{name.removeprefix('app.')}"
        assert hasattr(owner, method) or hasattr(owner, f"_{method}"), (action.id, method)


@pytest.mark.parametrize("key", ["ctrl+m", "ctrl+i", "tab"])
def test_keys_that_a_terminal_cannot_tell_apart_or_that_move_the_focus_are_refused(
    key: str,
) -> None:
    with pytest.raises(UsageError, match=r"two actions|no key for an action"):
        read_keymap({"run.step": key})


def test_every_screen_is_a_place_that_keys_and_help_know() -> None:
    for screen in OWNERS.values():
        place = getattr(screen, "PLACE", None)
        if place is not None:
            assert place in PLACES
            assert place in ABOUT


def test_no_key_allows_and_refuses_a_candidate() -> None:
    with pytest.raises(UsageError, match=r"execution\.allow and execution\.refuse"):
        read_keymap({"execution.refuse": "a"})


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("dialog.leave", "q"),
        ("answer.accept", "space, z"),
        ("answer.accept", "ctrl+w"),
        ("note.keep", "left"),
        ("find.close", "?, backspace"),
    ],
)
def test_what_is_needed_while_one_types_is_not_left_without_a_key_for_it(
    name: str, keys: str
) -> None:
    remaps = {name: keys} | ({"app.help": "f1"} if "?" in keys else {})
    with pytest.raises(UsageError, match=f"gives {name} only keys that write or edit text"):
        read_keymap(remaps)


def test_a_letter_beside_a_key_that_types_nothing_is_allowed() -> None:
    assert read_keymap({"dialog.leave": "q, escape"}) == {"dialog.leave": "q,escape"}


@pytest.mark.parametrize(
    ("name", "key"),
    [("confirm.yes", "n"), ("dialog.leave", "enter"), ("list.choose", "escape")],
)
def test_a_clash_within_a_dialog_is_refused(name: str, key: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_keymap({name: key})
    assert name in refused.value.message
    assert "two actions" in refused.value.message
