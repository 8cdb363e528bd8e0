"""What can go wrong between the warehouse and a published release.

Belongs here: the two error types. Their messages name the thing, the place and the mend.
"""

from __future__ import annotations


class CandidateError(Exception):
    """The warehouse holds something that the published schema does not allow, or a candidate can't be built."""


class ReleaseError(Exception):
    """A release can't be published, found, verified or moved; what was current before still is."""
