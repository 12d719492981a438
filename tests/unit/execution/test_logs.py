"""What the log tells of an error."""

import pytest
import structlog


def test_a_traceback_shows_no_local_variable(capsys: pytest.CaptureFixture[str]) -> None:
    """They hold keys where ccxt's objects are made."""
    secret = "-".join(["a", "key", "of", "the", "account"])
    try:
        raise ValueError(len(secret))
    except ValueError:
        structlog.get_logger().exception("venue_has_no_client")
    told = capsys.readouterr().out
    assert "ValueError: 20" in told
    assert secret not in told
