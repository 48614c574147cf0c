"""What `stop-tui run` ends with: a table of the meta-iterations, and the lineage."""

from stop_tui.commands.output import print_table
from stop_tui.core.analysis.strategies import main_strategy
from stop_tui.core.state import Iteration, State, Status
from stop_tui.presentation.conditions import condition
from stop_tui.presentation.costs import cost_words
from stop_tui.presentation.figures import figure, signed
from stop_tui.store.lineage import Lineage
from stop_tui.workspace import Workspace


def print_report(workspace: Workspace, state: State) -> None:
    """Print how the run went and how to go on."""
    settings = state.settings
    if state.iterations:
        print_table(
            f"{settings.name}: {condition(state, 'nobody').word}",
            (
                "iteration",
                "candidates",
                "strategy",
                "meta-utility",
                "incumbent",
                "difference",
                "test",
                "decision",
            ),
            [_row(iteration) for iteration in state.iterations.values()],
            numbers="13456",
            least="154",
        )
    print(f"{cost_words(state.spent)}, {state.seconds:,.0f} s")
    if settings.model == "offline":
        from stop_tui.language_models.offline import DISCLAIMER

        print(DISCLAIMER)
    if state.untimely:
        print("Not reproducible to the letter: programs used " + ", ".join(sorted(state.untimely)))
    if state.versions:
        print("\nLineage, newest first:")
        lineage = Lineage.open(workspace.lineage, create=False)
        for version in reversed(lineage.versions(settings.name)):
            print(f"  {version.commit[:10]}  {version.subject}")
        print("Read it with: stop-tui git log -p")
    print(f"See all of it with: stop-tui open {settings.name}")
    print(f"Share it as a page: stop-tui report {settings.name} --html {settings.name}.html")
    if state.status is not Status.FINISHED:
        print(f"Go on with: stop-tui run --resume {settings.name}")


def _row(iteration: Iteration) -> tuple[str, ...]:
    name = f"I{iteration.number}"
    count = str(len(iteration.candidates))
    if iteration.failure is not None:
        return (name, count, "", "-", "-", "-", "-", f"failed: {iteration.failure}")
    source = iteration.under_review
    candidate = None if source is None else iteration.candidates.get(source)
    strategy = "" if candidate is None else main_strategy(candidate.strategies)
    measured = None if source is None else iteration.measured.get(source)
    final = iteration.final
    decision = "-" if final is None else f"{final.choice} by {final.by}"
    if measured is None:
        return (name, count, strategy, "-", "-", "-", "-", decision)
    return (
        name,
        count,
        strategy,
        figure(measured.proposal_val.mean),
        figure(measured.incumbent_val.mean),
        signed(measured.difference.mean),
        # The test split stays sealed until the decision.
        figure(measured.proposal_test.mean) if final is not None else "sealed",
        decision,
    )
