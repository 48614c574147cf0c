"""The detail of a candidate, in tabs: source, diff, scores, transcript, sandbox, idea.

The way in is `CandidateDetail`. Modules that end in `_rows` or `_words` make text and know no
widgets.
"""

from stop_tui.tui.widgets.detail.candidate_detail import CandidateDetail

__all__ = ["CandidateDetail"]
