"""What can be done with versions from the lineage screen: mark, compare, start, note, copy, git.

Each acts on the version under the cursor. Only a note changes the lineage.
"""

import asyncio
from typing import TYPE_CHECKING

from textual.screen import Screen

from stop_tui.core.errors import LineageError, StopError
from stop_tui.core.plain_text import one_line, plain
from stop_tui.core.state import State
from stop_tui.store.isolated_git import identity
from stop_tui.tui.runs.run_states import run_state
from stop_tui.tui.screens.ask_lines import AskLines
from stop_tui.tui.versions.lineage_words import rev

if TYPE_CHECKING:
    from stop_tui.store.lineage import Lineage
    from stop_tui.store.versions import Version
    from stop_tui.tui.app import Explorer
    from stop_tui.tui.versions.lineage_view import LineageView
    from stop_tui.tui.widgets.rows.listing import Listing
    from stop_tui.workspace import Workspace


class LineageActions(Screen[None]):
    """Actions of the scope `lineage`."""

    workspace: "Workspace"
    lineage: "Lineage"
    view: "LineageView"
    marked: str | None

    if TYPE_CHECKING:

        @property
        def explorer(self) -> Explorer: ...
        @property
        def listing(self) -> Listing | None: ...
        @property
        def version(self) -> Version | None: ...
        def reload(self) -> None: ...

    def action_mark(self) -> None:
        """Mark the version to compare others with, or take the mark away."""
        version = self._chosen()
        if version is None or self.listing is None:
            return
        self.marked = None if self.marked == version.commit else version.commit
        self.listing.redraw()

    def action_compare(self) -> None:
        """Compare with the marked version, or with the parent when none is marked."""
        version = self._chosen()
        if version is None:
            return
        other = self.view.versions.get(self.marked or version.parent or "")
        if other is None:
            self.notify(
                f"{rev(version)} has no parent. Mark another version, then compare.",
                severity="warning",
                markup=False,
            )
        elif other is version:
            self.notify(
                f"{rev(version)} is the marked version: go to another one, then compare.",
                severity="warning",
                markup=False,
            )
        else:
            self.run_worker(self._compare(other, version), group="compare", exclusive=True)

    def action_strategies(self) -> None:
        """When strategies came and went in the lineage of this version."""
        version = self._chosen()
        if version is not None:
            from stop_tui.tui.screens.lineage_strategies import StrategiesScreen

            self.app.push_screen(StrategiesScreen(self.workspace, version))

    def action_start_from(self) -> None:
        """Set up a run that starts from this version."""
        version = self._chosen()
        if version is not None:
            from stop_tui.tui.screens.new_run import NewRunScreen

            self.app.push_screen(NewRunScreen(self.workspace, start=rev(version)))

    def action_transfer(self) -> None:
        """What this version is worth on tasks, beside controls."""
        version = self._chosen()
        if version is not None:
            self.explorer.open_transfer(rev(version))

    def action_note(self) -> None:
        """Write, change or remove the note on this version."""
        version = self._chosen()
        if version is None:
            return
        before = plain(self.view.notes.get(version.commit, "")).rstrip("\n")

        def written(text: str | None) -> None:
            if text is not None and text.rstrip() != before:
                self.run_worker(self._write_note(version, text), group="note")

        hint = "Git shows it too (git notes); without a word it is removed."
        self.app.push_screen(AskLines(f"Note on {rev(version)}", value=before, note=hint), written)

    def action_copy_id(self) -> None:
        """Copy the commit id."""
        version = self._chosen()
        if version is not None:
            self.app.copy_to_clipboard(version.commit)
            self.notify(f"Copied the commit id {version.commit[:12]}….", markup=False)

    def action_copy_message(self) -> None:
        """Copy the commit's message."""
        version = self._chosen()
        if version is not None:
            self.app.copy_to_clipboard(plain(version.message))
            self.notify(f"Copied the message of {rev(version)}.", markup=False)

    def action_git_tool(self) -> None:
        """Open the lineage in the user's own git tool."""
        self.run_worker(self._open_git_tool(), group="git", exclusive=True)

    def _chosen(self) -> "Version | None":
        if self.version is None:
            self.notify("There is no version here yet.", severity="warning")
        return self.version

    async def _compare(self, left: "Version", right: "Version") -> None:
        from stop_tui.tui.screens.compare import CompareScreen
        from stop_tui.tui.versions.sides import Side, facts_of, scores_of_both

        versions = (left, right)
        try:
            sources = [
                await asyncio.to_thread(self.lineage.source, version.commit) for version in versions
            ]
        except StopError as error:
            self.explorer.tell(error)
            return
        states = {}
        for name in dict.fromkeys(version.run for version in versions):
            state = await self._state(name)
            if state is not None:
                states[name] = state
        scores = scores_of_both(*versions, states)
        sides = [
            Side(rev(version), source, scored, facts_of(version))
            for version, source, scored in zip(versions, sources, scores, strict=True)
        ]
        self.app.push_screen(CompareScreen(*sides))

    async def _state(self, name: str) -> State | None:
        """The run's state; None where there is none, which is said if that is no one's wish."""
        session = self.explorer.sessions.get(name)
        if session is not None:
            return session.state
        try:
            return await run_state(self.workspace, name)
        except StopError as error:
            self.explorer.tell(error)
            return None

    async def _write_note(self, version: "Version", text: str) -> None:
        try:
            author = await asyncio.to_thread(identity, self.workspace.root)
            await asyncio.to_thread(self.lineage.add_note, version.commit, text, author)
        except StopError as error:
            self.explorer.tell(error)
            return
        done = "Noted on" if text.strip() else "No note any more on"
        self.notify(f"{done} {rev(version)}.", markup=False)
        self.reload()

    async def _open_git_tool(self) -> None:
        from stop_tui.tui.terminal.git_tool import git_command, open_git_tool

        version = self.version
        try:
            if not self.lineage.path.exists():
                raise LineageError("There is no lineage yet: the first run makes it.")
            setting = self.explorer.config.screen.git_tool
            command = git_command(setting, None if version is None else version.commit)
            code = await open_git_tool(self.explorer, self.lineage.path, command)
        except StopError as error:
            self.explorer.tell(error)
            return
        if code:
            self.notify(
                f"{one_line(command[0], 60)} ended with exit code {code}.",
                severity="warning",
                markup=False,
            )
        self.reload()
