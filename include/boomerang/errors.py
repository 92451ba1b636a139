"""Errors a user can act on: each says what is wrong, where, and what to do, and carries the exit status."""

from __future__ import annotations


class BoomerangError(Exception):
    """A failure that is told to the user as a message, never as a traceback.

    Attributes:
        exit_status: What the command line exits with (CONTRACT: 1 check failed, 2 usage, 3 source, 5 busy).
        what_to_do: The next step for the reader of the message; may be empty.
    """

    exit_status = 2

    def __init__(self, message: str, what_to_do: str = "") -> None:
        super().__init__(message)
        self.what_to_do = what_to_do

    def __str__(self) -> str:
        """The message and, on its own line, what to do."""
        message = str(self.args[0])
        return f"{message}\n  -> {self.what_to_do}" if self.what_to_do else message


class UsageError(BoomerangError):
    """Wrong usage or configuration."""

    exit_status = 2


class CheckFailedError(BoomerangError):
    """A check failed; the last release stands."""

    exit_status = 1


class SourceUnavailableError(BoomerangError):
    """A source could not be had: no answer, an error status, a cut connection."""

    exit_status = 3


class ContentRefusedError(BoomerangError):
    """Bytes that are not what the source promises: truncated, wrong format, out of bounds.

    Attributes:
        reason: A short, enumerated reason (``not_a_workbook``, ``truncated``, ``counts_fell`` ...), for the
            quarantine and for tests; the message is for people.
    """

    exit_status = 3

    def __init__(self, reason: str, message: str, what_to_do: str = "") -> None:
        super().__init__(message, what_to_do)
        self.reason = reason


class HomeBusyError(BoomerangError):
    """Another run holds the home."""

    exit_status = 5
