"""Errors that carry a message for people: which thing, what is wrong, what to do."""


class YouthpilotError(Exception):
    """Base of all errors of ours; str() is a message for a user, already translated."""

    status = 400


class RuleError(YouthpilotError):
    """A rule of the field forbids it. `field` names the form field or column at fault, '' for the whole act."""

    status = 422

    def __init__(self, message: object, field: str = "") -> None:
        super().__init__(str(message))
        self.field = field


class ConflictError(YouthpilotError):
    """Somebody else was faster, or the state does not allow it (HTTP 409)."""

    status = 409


class NotFound(YouthpilotError):
    """Missing, foreign or forbidden: all three answer alike (HTTP 404)."""

    status = 404


class BusyError(RuntimeError):
    """Another writer kept the database longer than a request waits: nothing was changed, it may be tried again (HTTP 503).

    str() is a message for a user. No YouthpilotError: it is no fault of what was entered, so no form may show it as one.
    """

    status = 503


class WriteRefused(RuntimeError):
    """A programming error: something was written while a page was only to be shown. What is not POST changes nothing."""


class PluginRefused(Exception):
    """A module breaks a rule of the house; str() says which and what to do."""


class MountFailed(PluginRefused):
    """A module spoiled the application that was being built; it has to be built again without the module `name`, for `cause`."""

    def __init__(self, name: str, cause: BaseException) -> None:
        super().__init__(f"{name}: {type(cause).__name__}")
        self.name, self.cause = name, cause


class ScopeError(RuntimeError):
    """A programming error: a county's rows were asked for without a scope, or past it. Never shown to users."""
