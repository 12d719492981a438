"""The lab's worker among the desk's programs."""

from pathlib import Path

from dipmaster.embedded import programs


def test_experiments_have_a_worker_of_their_own_that_gives_way_to_trading() -> None:
    found = {program.name: program.command for program in programs.others(var=Path("/nowhere"), environment={})}
    assert found["lab"][:3] == ("nice", "-n", "10")
    assert [name for name, command in found.items() if "nice" in command] == ["lab"]
    queues = {name: command[command.index("--queues") + 1] for name, command in found.items() if "--queues" in command}
    assert {queues["lab"], queues["reports"], queues["worker-1"]} == {"lab", "reports", "trading"}
    assert found["lab"][found["lab"].index("--concurrency") + 1] == "1"
