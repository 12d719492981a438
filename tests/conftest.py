"""Services for the tests that need them: a PostgreSQL and a Redis of the session's own, started when the first test asks."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django
import pytest
from django.conf import settings as django_settings
from redis import Redis

from dipmaster.addresses import BASE_DIR, redis_url, var_dir
from dipmaster.embedded import desk_file, services
from dipmaster.embedded.account import service_account
from execution.paper.process import PaperProcess
from execution.paper.process import start as start_paper_exchange
from tests.venues.tables import Tables

if TYPE_CHECKING:
    from dipmaster.accounts.models import Desk, User
    from tests.live import LiveDesk

# Before the settings are read, which is why pyproject.toml does not name them: never the folder of a running desk.
if django_settings.configured:
    raise pytest.UsageError("Unset DJANGO_SETTINGS_MODULE: the tests choose their own folder before the settings are read.")
os.environ.setdefault("DIPMASTER_VAR", str(BASE_DIR / "var" / "test"))
if worker := os.environ.get("PYTEST_XDIST_WORKER"):  # tests run in several processes: each has services of its own
    os.environ["DIPMASTER_VAR"] = str(var_dir() / worker)
os.environ["DJANGO_SETTINGS_MODULE"] = "dipmaster.settings"
var_dir().mkdir(parents=True, exist_ok=True)
django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # hashing well takes half a second a user
TESTS = Path(__file__).parent
django.setup()  # now, so that conftest files and test modules may import models


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option of `make venues`; here, as the process that starts workers reads no other conftest."""
    parser.addoption("--write-venues", action="store_true", help="write what the matrices found to docs/venues.md")


def pytest_configure(config: pytest.Config) -> None:
    """Name our markers, and read the settings now, so that pytest-django finds them."""
    config.addinivalue_line("markers", "matrix(name): one row of a table in docs/venues.md")
    config.addinivalue_line("markers", "perpetual_only: the case does not exist on spot")
    config.pluginmanager.register(Tables(is_writing=config.getoption("write_venues")), "venue-tables")
    if os.environ.get("REDIS_URL") and config.getoption("numprocesses", None):
        raise pytest.UsageError("REDIS_URL names one Redis, and tests empty it, each process under the others: add -n0, or unset it.")
    django_settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # the static files' middleware warns when it is missing
    assert var_dir() == django_settings.VAR_DIR


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the services that worker processes left running because they were killed, by Ctrl-C for one."""
    if config.getoption("numprocesses", None):
        for folder in (*var_dir().glob("gw*"), *var_dir().glob("gw*/live")):
            services.stop(folder)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Let the worker processes choose their folders as this one did, before the settings are read."""
    del os.environ["DJANGO_SETTINGS_MODULE"]
    service_account(var_dir() / "postgres")  # makes the user that root's PostgreSQL runs as, if need be: only one process can


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Hand out whole files, which share a paper exchange, in the order collected, as the browser tests must stay last."""
    from xdist.scheduler import LoadFileScheduling

    config.option.loadscopereorder = False
    return LoadFileScheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest waits, which others can use, and end with the browser: its desk runs until the session ends, and
    playwright keeps an event loop running in this thread until then.
    """
    order = {"chaos": -2, "venues": -1, "browser": 1}
    items.sort(key=lambda item: order.get(item.path.relative_to(TESTS).parts[0], 0))


@pytest.fixture(scope="session")
def embedded_services() -> Iterator[Path]:
    """PostgreSQL and Redis answer; what this session started is stopped at its end. The value is the desk's folder."""
    var = var_dir()
    _refuse_a_running_desk(var)
    started = services.start(var)
    _refuse_foreign_keys(var)
    yield var
    services.stop(var, postgres=started.postgres, redis=started.redis)


def _refuse_a_running_desk(var: Path) -> None:
    if desk_file.is_held(var):
        pytest.exit(f"A desk runs in {var}, and tests empty its Redis. Stop it, or choose another DIPMASTER_VAR.", 3)


def _refuse_foreign_keys(var: Path) -> None:
    """Tests empty Redis between them: one that REDIS_URL names must be empty to begin with."""
    with Redis.from_url(redis_url(var)) as client:
        if not services.is_redis_ours() and client.dbsize():
            pytest.exit("REDIS_URL names a Redis with keys in it, and tests would delete them. Give the tests an empty one.", 3)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(embedded_services: Path, django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Start the services before pytest-django makes the test database."""


@pytest.fixture
def redis(embedded_services: Path) -> Iterator[Redis]:
    """The session's Redis, empty before and after the test."""
    with Redis.from_url(redis_url(embedded_services)) as client:
        client.flushdb()
        yield client
        client.flushdb()


@pytest.fixture(autouse=True)
def _empty_redis_for_database_tests(request: pytest.FixtureRequest) -> None:
    """Commit hooks write to Redis too: a test with the database starts with an empty one."""
    if request.node.get_closest_marker("django_db") or {"db", "transactional_db"} & set(request.fixturenames):
        request.getfixturevalue("redis")


@pytest.fixture(autouse=True)
def _forget_what_others_traded() -> None:
    """The process's memory of a market must not tell one test of another's bars."""
    from execution.selectors.knowledge import ACTIVITIES
    from execution.selectors.venue_records import RECORDS

    ACTIVITIES.forget()
    RECORDS.forget()


@pytest.fixture(scope="session")
def paper_exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperProcess]:
    """One paper exchange for the session, on a free port; settings and environment point at it."""
    process = start_paper_exchange(tmp_path_factory.mktemp("paper"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(django_settings, "PAPER_EXCHANGE_URL", process.base_url)
        patch.setenv("PAPER_EXCHANGE_URL", process.base_url)
        yield process
    process.stop()


@pytest.fixture
def desk(db: None) -> "Desk":
    """A desk without members."""
    from dipmaster.accounts.models import Desk

    return Desk.objects.create(name="Test desk")


@pytest.fixture
def trader(desk: "Desk") -> "User":
    """A user who trades for the desk."""
    from dipmaster.accounts.models import User

    return User.objects.create_user(username="tess", password="a long enough password", desk=desk)


@pytest.fixture
def seeded(db: None) -> None:
    """The venues, instruments, listings and limits that a new desk begins with."""
    from dipmaster import seeds

    seeds.make_venues()
    seeds.make_limits()


@pytest.fixture(scope="session")
def live_desk() -> Iterator["LiveDesk"]:
    """A whole desk in a folder of its own, all processes running, as `make run` starts it."""
    from tests.live import start

    with start(var_dir() / "live") as running:
        yield running
