"""What goes wrong outside the code, with what to do about it."""


class EmbeddedError(RuntimeError):
    """An embedded service or process cannot be started or stopped; the message says what to do."""
