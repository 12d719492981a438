"""How long a crashing process waits for its next start."""

from dipmaster.embedded.children import back_off_seconds


def test_the_wait_doubles_with_each_crash_up_to_ten_seconds() -> None:
    assert [back_off_seconds(crashes) for crashes in (1, 2, 3, 4, 5, 6, 1000)] == [0.5, 1, 2, 4, 8, 10, 10]
