"""Keys as the user wants them: remaps from the configuration, checked before anything is drawn.

Textual drops a binding silently when a key is given twice, so a clash is refused here, by name.
"""

from collections.abc import Mapping

from textual.keys import (
    KEY_ALIASES,
    KEY_DISPLAY_ALIASES,
    Keys,
    _character_to_key,
    format_key,
    key_to_character,
)

from stop_tui.core.errors import UsageError
from stop_tui.core.plain_text import one_line
from stop_tui.tui.keys.actions import PLACES, SCOPES, TYPED_IN, Action

_ACTIONS = {action.id: action for scope in SCOPES.values() for action in scope}
_KNOWN = {key.value for key in Keys} | {*KEY_ALIASES, *KEY_DISPLAY_ALIASES}
_SAME_KEY = {alias: key for key, aliases in KEY_ALIASES.items() for alias in aliases}
"""Keys that a terminal cannot tell from another: ctrl+m is enter."""

_TAKEN = {"tab", "shift+tab"}
"""Keys that move the focus."""

_MODIFIERS = {"ctrl", "shift", "alt", "super"}


def read_keymap(remaps: Mapping[str, str]) -> dict[str, str]:
    """`remaps` (action id -> keys, separated by commas or spaces) in Textual's names of keys.

    Raises UsageError that names the action for an unknown action or key and for one that would be
    out of reach while one types, and both actions where two would be on one key in the same place.
    """
    keymap = {}
    for name, keys in remaps.items():
        if name not in _ACTIONS:
            raise UsageError(
                f"[keys] in the configuration names an unknown action {one_line(name, 60)!r}.",
                hint="Actions: " + ", ".join(_ACTIONS) + ".",
            )
        keymap[name] = ",".join(_key(name, key) for key in _split(keys))
        if not keymap[name]:
            raise UsageError(f"[keys] in the configuration gives {name} no key.")
    _refuse_clashes(keymap)
    _refuse_what_is_typed(keymap)
    return keymap


def action(name: str) -> Action:
    """The action called `name`."""
    return _ACTIONS[name]


def keys_of(action: Action, keymap: Mapping[str, str]) -> list[str]:
    """The keys of `action` as they are now, in Textual's names."""
    return keymap.get(action.id, action.keys).split(",")


def _split(keys: str) -> list[str]:
    """The keys in `keys`; a comma alone is a key as well."""
    return [","] if keys.strip() == "," else keys.replace(",", " ").split()


def _key(action: str, key: str) -> str:
    if len(key) == 1:
        return _character_to_key(key)
    key = _SAME_KEY.get(key, key)
    *modifiers, last = key.split("+")
    if set(modifiers) <= _MODIFIERS and (len(last) == 1 or last in _KNOWN) and key not in _TAKEN:
        return key
    raise UsageError(
        f"[keys] in the configuration puts {action} on {one_line(key, 40)!r}, which is no key "
        "for an action.",
        hint="A key is a character (n, ?, G), a name (enter, f5, pageup), or ctrl+x, alt+x.",
    )


def _refuse_clashes(keymap: Mapping[str, str]) -> None:
    for scopes in PLACES.values():
        taken: dict[str, tuple[str, str]] = {}
        for scope in scopes:
            for action in SCOPES[scope]:
                for key in keys_of(action, keymap):
                    other = taken.setdefault(key, (scope, action.id))
                    if other[1] != action.id and {other[0], scope} != {"list", "text"}:
                        raise UsageError(
                            f"[keys] in the configuration puts two actions on the key {key!r}: "
                            f"{other[1]} and {action.id}.",
                            hint="Give one of them another key.",
                        )


def types(key: str) -> bool:
    """Whether `key` puts a character into a line that is typed."""
    character = " " if key == "space" else key_to_character(key)
    return character is not None and character.isprintable()


def _refuse_what_is_typed(keymap: Mapping[str, str]) -> None:
    if not keymap:
        return
    from textual.binding import Binding
    from textual.widgets import Input

    editing = {
        key
        for binding in Input.BINDINGS
        if isinstance(binding, Binding) and binding.action != "submit"
        for key in binding.key.split(",")
    }
    for scope in TYPED_IN:
        for action in SCOPES[scope]:
            if action.id in keymap and all(
                types(key) or key in editing for key in keys_of(action, keymap)
            ):
                raise UsageError(
                    f"[keys] in the configuration gives {action.id} only keys that write or edit "
                    "text, and it is needed while one types.",
                    hint="Add a key that does neither, such as enter, escape, f2 or ctrl+s.",
                )


def shown_keys(action: Action, keymap: Mapping[str, str]) -> str:
    """The keys of `action` as people write them: ``?`` or ``f1``."""
    return " or ".join(format_key(key) for key in keys_of(action, keymap))


def shown_key(name: str, keymap: Mapping[str, str]) -> str:
    """The first key of the action called `name`, as people write it."""
    return format_key(keys_of(_ACTIONS[name], keymap)[0])


def typing_key(name: str, keymap: Mapping[str, str]) -> str:
    """The first key of the action called `name` that works while one types, as a word."""
    keys = keys_of(_ACTIONS[name], keymap)
    return _word(next((key for key in keys if not types(key)), keys[0]))


def key_word(name: str, keymap: Mapping[str, str]) -> str:
    """The first key of the action called `name` as a word in a sentence: ``enter``, ``y``."""
    return _word(keys_of(_ACTIONS[name], keymap)[0])


def _word(key: str) -> str:
    return key if key in ("enter", "escape") else format_key(key)
