"""How long readers stand in line behind a patch that waits for a lock, measured by the server's own clock."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from rdspatch.core.waits import LockWait
from rdspatch.engine.applier import ApplyPolicy
from rdspatch.engine.lock_waits import WaitPolicy
from tests.faults.later import in_ci
from tests.faults.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Callable

    import pg8000.native

    from tests.faults.world import World

READERS, SATURATED = 4, 8
MOST_OVER_THE_LOCK_TIMEOUT_MS = 50
MOST_SECONDS_TO_GET_THROUGH = 5.0
LONGEST_READ_SECONDS = 5.0
SLACK_MS = 1_000
"""What a machine that does other things may add, where nothing is measured for the report."""
ADD_COLUMN = Scenario(
    name="readers",
    baseline="CREATE TABLE stalls (ms float8); CREATE TABLE done (id int);",
    effects={"0001_extra": "ALTER TABLE things ADD COLUMN extra int;"},
    directives={"0001_extra": ("lock-timeout: 1s",)},
)
READ = """
DO $$
DECLARE since timestamptz; worst float8 := 0;
BEGIN
    WHILE NOT EXISTS (SELECT FROM done) LOOP
        COMMIT;
        since := clock_timestamp();
        PERFORM FROM things WHERE id = 1;
        worst := greatest(worst, extract(epoch FROM clock_timestamp() - since) * 1000);
        PERFORM pg_sleep({hold});
        COMMIT;
        PERFORM pg_sleep({pause});
    END LOOP;
    INSERT INTO stalls VALUES (worst);
END $$
"""
"""One read a transaction, over and over; the longest that one took stays in `stalls`."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.parametrize("scenario", [ADD_COLUMN], ids=["readers"]),
]


@dataclass
class Readers:
    """Sessions that read `things` until they are told to stop."""

    world: World
    threads: list[threading.Thread] = field(default_factory=list)

    def begin(self, number: int, *, hold: float, pause: float) -> None:
        for _ in range(number):
            sql = READ.format(hold=hold, pause=pause)
            self.threads.append(threading.Thread(target=self.world.function.query, args=(sql,), daemon=True))
            self.threads[-1].start()

    def end(self) -> float:
        """The longest wait of any of them, in milliseconds."""
        self.world.function.query("INSERT INTO done VALUES (1)")
        for thread in self.threads:
            thread.join()
        self.threads.clear()
        [[worst]] = self.world.function.query("SELECT max(ms) FROM stalls")
        self.world.function.query("TRUNCATE done, stalls")
        return float(worst)


@pytest.fixture
def readers(world: World) -> Readers:
    return Readers(world)


@pytest.fixture
def sent(world: World) -> list[float]:
    """When each attempt at the ALTER reached the server."""
    times: list[float] = []

    def note(number: int) -> None:
        if "ADD COLUMN extra" in world.proxy.queries[number - 1]:
            times.append(time.monotonic())

    world.proxy.before_query = note
    return times


@pytest.mark.experiment("F24")
@pytest.mark.parametrize("lock_timeout", in_ci([50, 100, 250, 500, 1000], 50, 250))
def test_no_reader_waits_longer_than_the_lock_timeout(
    world: World,
    expected: dict[str, Any],
    readers: Readers,
    sent: list[float],
    *,
    seen: Callable[[str, float], None],
    lock_timeout: int,
    pytestconfig: pytest.Config,
) -> None:
    milliseconds = timedelta(milliseconds=1)
    wait = LockWait(lock_timeout * milliseconds, 50 * milliseconds)
    policy = ApplyPolicy(waits=WaitPolicy(waits=(wait,) * 1000))
    function = world.function
    readers.begin(READERS, hold=0, pause=0.002)
    time.sleep(1)
    seen("reader stall without a patch, ms", readers.end())
    with function.server.connect(function.database) as long_reader:
        long_reader.run("BEGIN")
        long_reader.run("SELECT * FROM things")
        readers.begin(READERS, hold=0, pause=0.002)
        leave = threading.Thread(target=_leave_at_the_third_attempt, args=(long_reader, sent, lock_timeout / 2000))
        leave.daemon = True
        leave.start()
        function.setenv(DATABASE_HOST=str(world.proxy.directory))
        with function.with_ports(policy=policy):
            assert world.run() is None
        leave.join()
    over = readers.end() - lock_timeout
    seen("reader stall over the lock timeout, ms", over)
    is_measured = pytestconfig.getoption("--reliability") is not None
    assert over <= (MOST_OVER_THE_LOCK_TIMEOUT_MS if is_measured else SLACK_MS)
    world.settle(expected)


def _leave_at_the_third_attempt(reader: pg8000.native.Connection, sent: list[float], seconds: float) -> None:
    while len(sent) < 3 and (not sent or time.monotonic() - sent[0] < LONGEST_READ_SECONDS):
        time.sleep(0.005)
    time.sleep(seconds)
    reader.run("COMMIT")


@pytest.mark.faults_only
@pytest.mark.experiment("F25")
def test_an_alter_gets_through_readers_that_are_always_there(
    world: World,
    expected: dict[str, Any],
    readers: Readers,
    sent: list[float],
    seen: Callable[[str, float], None],
) -> None:
    readers.begin(SATURATED, hold=0.02, pause=0)
    time.sleep(0.5)
    assert world.run(through=world.proxy) is None
    seconds = time.monotonic() - sent[0]
    readers.end()
    seen("through after, s", seconds)
    assert seconds <= MOST_SECONDS_TO_GET_THROUGH
    world.settle(expected)
