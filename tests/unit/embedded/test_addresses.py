"""Where the embedded services listen."""

from pathlib import Path

import pytest

from dipmaster.addresses import database_url, redis_url, socket_dir

LONGEST_SOCKET_PATH = 107  # bytes, sun_path of Linux without its closing zero


def test_sockets_lie_below_a_short_plain_folder() -> None:
    assert socket_dir(Path("/srv/desk/var")) == Path("/srv/desk/var/run")


@pytest.mark.parametrize("var", ["/srv/" + "long/" * 30 + "var", "/home/tess/my desk/var", "/home/tess/größe/var", "/srv/a%20b/var"])
def test_sockets_of_long_or_unusual_paths_lie_in_a_short_folder_of_their_own(var: str) -> None:
    folder = socket_dir(Path(var))
    assert len(str(folder / ".s.PGSQL.5432.lock")) <= LONGEST_SOCKET_PATH
    assert folder != socket_dir(Path(var + "2"))


def test_named_services_take_the_place_of_the_embedded_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://desk@db/desk")
    monkeypatch.setenv("REDIS_URL", "redis://cache/3")
    assert (database_url(Path("/var")), redis_url(Path("/var"))) == ("postgresql://desk@db/desk", "redis://cache/3")
