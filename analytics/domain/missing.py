"""What could not be measured, and why."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A figure that is not known. `figure` is its name in the report, `reason` is for people."""

    figure: str
    reason: str
