from typing import Any

from execution.checks import leases_outlast_calls


def test_a_lease_that_outlasts_a_call_is_accepted(settings: Any) -> None:
    settings.LEASE_SECONDS, settings.VENUE_TIMEOUT_SECONDS = 10.0, 4.0

    assert leases_outlast_calls() == []


def test_a_lease_in_which_no_order_could_be_sent_is_an_error(settings: Any) -> None:
    settings.LEASE_SECONDS, settings.VENUE_TIMEOUT_SECONDS = 4.0, 4.0

    assert [error.id for error in leases_outlast_calls()] == ["execution.E001"]
