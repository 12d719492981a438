"""Recordings become tapes; hostile ones are refused by name."""

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from analytics.lab.finding import NoData, data_folder, sessions
from analytics.lab.replay.reading import CorruptRecording, EmptyRecording, GapInRecording, TruncatedRecording, UnknownFormat
from analytics.lab.replay.sources import open_recording
from analytics.lab.replay.tape import Kind, Tape
from execution.management.feed.recorder import Recorder
from execution.paper.recording import RecordingError
from execution.venues.dialect import BookUpdate, PublicTrade
from tests.unit.analytics.lab.replay.recorded import Market, at_ns, text

Write = Callable[..., Path]


def read(path: Path) -> Tape:
    return open_recording([path])


def test_prices_and_quantities_come_back_from_ticks_and_lots(write: Write) -> None:
    tape = read(write(Market().depth(1.0, bids=[("99.9", "4.25")]).lines))
    assert (tape.symbol, tape.tick, tape.lot) == ("BTCUSDT", pytest.approx(0.1), pytest.approx(0.01))
    change = (tape.kind == Kind.BID) & (tape.exchange_ns == at_ns(1.0))
    assert tape.price_of(tape.price[change]) == pytest.approx([99.9])
    assert tape.quantity[change] * tape.lot == pytest.approx([4.25])


def test_the_recorders_clock_is_set_by_its_fastest_message(write: Write) -> None:
    market = Market().depth(1.0, received=1.02).depth(2.0)
    tape = read(write(market.lines, behind_ns=1_270_000_000))
    seen_late = (tape.top_seen_ns - tape.top_ns) / 1e9
    assert seen_late == pytest.approx([0.0, 0.0, 0.02, 0.0])


def test_a_trade_stands_before_the_message_of_the_book_that_contains_it(write: Write) -> None:
    market = Market().depth(1.0, bids=[("99.9", "4")]).trade(1.0, "99.9", "1", sold=True, received=1.1)
    tape = read(write(market.lines))
    late = tape.kind[tape.exchange_ns == at_ns(1.0)]
    assert list(late) == [Kind.SOLD, Kind.BID, Kind.END]


def test_consecutive_files_are_one_recording(tmp_path: Path, write: Write) -> None:
    market = Market().depth(1.0).depth(2.0).depth(3.0)
    first = write(market.lines[:3], name="binance_spot_btcusdt_20240808.jsonl.gz")
    second = write(market.lines[3:], name="binance_spot_btcusdt_20240809.jsonl.gz")
    write(market.lines, name="binance_spot_btcusdt_20240815.jsonl.gz")
    found = sessions(tmp_path)
    assert [session.paths for session in found] == [(first, second), (tmp_path / "binance_spot_btcusdt_20240815.jsonl.gz",)]
    assert open_recording(found[0].paths).seconds == pytest.approx(3.0)


def test_changes_received_before_the_snapshot_but_newer_than_it_are_applied(write: Write) -> None:
    market = Market().depth(0.5, bids=[("100.0", "1")])
    snapshot, *changes = market.lines
    tape = read(write([*changes, (0.6, snapshot[1])]))
    assert tape.price_of(tape.top_bid[-1]) == pytest.approx(100.0)


def test_a_gap_is_named_unless_a_snapshot_makes_up_for_it(write: Write) -> None:
    market = Market().skip().depth(1.0)
    with pytest.raises(GapInRecording):
        read(write(market.lines))
    market.snapshot(1.5, 50, bids=[("99.7", "1")], asks=[("99.8", "1")]).depth(2.0)
    assert read(write(market.lines)).mid_at(at_ns(3.0)) == pytest.approx(99.75)


def test_futures_tell_the_number_of_the_message_before(write: Write) -> None:
    market = Market()
    data = {"e": "depthUpdate", "E": 0, "T": 0, "s": "BTCUSDT", "U": 90, "u": 95, "pu": 11, "b": [], "a": []}
    follows = {"stream": "btcusdt@depth", "data": data | {"T": at_ns(1.0) // 10**6}}
    assert read(write([*market.lines, (1.0, follows)])).seconds == pytest.approx(1.0)
    with pytest.raises(GapInRecording):
        read(write([*market.lines, (1.0, {"stream": "btcusdt@depth", "data": follows["data"] | {"pu": 12}})]))


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("empty.jsonl.gz", gzip.compress(b"", mtime=0), EmptyRecording),  # without the time, which would be part of the name
        ("empty.jsonl", b"", EmptyRecording),
        ("nothing.jsonl.gz", b"", EmptyRecording),
        ("trades.jsonl", text(Market().trade(1.0, "99.9", "1", sold=True).lines[2:]).encode(), EmptyRecording),
        (
            "one-sided.jsonl",
            text(Market().lines[1:]).encode() + b'1723161253000000000 {"lastUpdateId":10,"bids":[],"asks":[]}',
            EmptyRecording,
        ),
        ("cut.jsonl.gz", gzip.compress(text(Market().lines).encode(), mtime=0)[:-20], TruncatedRecording),
        ("cut.jsonl", text(Market().depth(1.0).lines).encode()[:-30], CorruptRecording),
        ("plain.jsonl.gz", text(Market().lines).encode(), CorruptRecording),
        ("flipped.jsonl", text(Market().lines).encode().replace(b'"99.9"', b'"9_?9"'), CorruptRecording),
        ("negative.jsonl", text(Market().lines).encode().replace(b'"5"', b'"-5"'), CorruptRecording),
        ("nan.jsonl", text(Market().lines).encode().replace(b'"99.9"', b'"nan"'), CorruptRecording),
        ("huge.jsonl", text(Market().lines).encode().replace(b'"99.9"', b'"1e300"'), CorruptRecording),
        (
            "too-fine.jsonl",
            text(Market().depth(1.0, bids=[("9000.00000001", "1")]).lines).encode().replace(b'"9', b'"99999'),
            CorruptRecording,
        ),
        ("late.jsonl", text(Market().lines).encode().replace(b'"E": 1', b'"E": 10000000000000000000'), CorruptRecording),
        ("early.jsonl", text(Market().lines).encode().replace(b'"E": 1', b'"E": -1'), CorruptRecording),
        ("crossed.jsonl", text(Market().depth(1.0, bids=[("100.1", "1")]).lines).encode(), CorruptRecording),
        ("missing-field.jsonl", text(Market().lines).encode().replace(b'"u":', b'"v":'), CorruptRecording),
        ("picture.jsonl", b"\x89PNG\r\n\x1a\n\xff\xfe", UnknownFormat),
        ("table.jsonl", b"time,price,quantity\n1,2,3\n", CorruptRecording),
        ("numbers.jsonl", b"1723161253000000000 [1, 2]\n", UnknownFormat),
        ("other.jsonl", b'1723161253000000000 {"price": 3}\n', UnknownFormat),
    ],
)
def test_a_hostile_file_is_refused_by_name(tmp_path: Path, name: str, content: bytes, error: type[RecordingError]) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(error, match=name):
        read(path)


def test_what_is_no_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(EmptyRecording, match="there is no file"):
        read(tmp_path / "absent.jsonl.gz")
    with pytest.raises(UnknownFormat, match="folder"):
        read(tmp_path)
    with pytest.raises(EmptyRecording):
        open_recording([])


def test_what_the_desk_records_itself_is_read_on_its_one_clock(tmp_path: Path) -> None:
    path = tmp_path / "okx.jsonl.gz"
    recorder = Recorder({"BTCUSDT": path})
    levels = {"bids": [("99.9", "1"), ("99.8", "2")], "asks": [("100.1", "3"), ("100.2", "2.5")]}
    recorder.update(BookUpdate(symbol="BTCUSDT", is_snapshot=True, first=4, last=4, **levels))
    recorder.update(BookUpdate(symbol="BTCUSDT", is_snapshot=False, first=5, last=6, bids=[("99.9", "0")], asks=[]))
    hours_ago = datetime(2026, 1, 1, tzinfo=UTC)
    recorder.count(PublicTrade(venue="okx", symbol="BTCUSDT", price=Decimal("100.1"), quantity=Decimal("0.5"), traded_at=hours_ago))
    recorder.update(BookUpdate(symbol="BTCUSDT", is_snapshot=False, first=7, last=7, bids=[("100.0", "1")], asks=[]))
    recorder.close()
    tape = read(path)
    assert list(tape.kind[-3:]) == [Kind.BOUGHT, Kind.BID, Kind.END]
    assert list(tape.price_of(tape.top_bid)) == pytest.approx([99.9, 99.8, 100.0])
    assert (tape.top_seen_ns == tape.top_ns).all()


def three_parts(folder: Path) -> Path:
    levels = {"bids": [["0.028", "5"], ["0.027", "9"]], "asks": [["0.029", "4"], ["0.030", "6"]]}
    snapshot = folder / "binance_spot_ethbtc_20201101T09_snapshot.json.gz"
    changes = [
        {
            "e": "depthUpdate",
            "E": 1604221202000 + number * 1000,
            "s": "ETHBTC",
            "U": number * 10 + 1,
            "u": number * 10 + 10,
            "b": [],
            "a": [],
        }
        for number in range(3)
    ]
    trades = [{"e": "aggTrade", "E": 1604221203500, "s": "ETHBTC", "p": "0.029", "q": "1", "T": 1604221203498, "m": False}]
    snapshot.write_bytes(gzip.compress(json.dumps({"lastUpdateId": 14, **levels}).encode()))
    for part, lines in (("update", changes), ("trades", trades)):
        content = "".join(json.dumps(line) + "\n" for line in lines)
        (folder / f"binance_spot_ethbtc_20201101T09_{part}.jsonl.gz").write_bytes(gzip.compress(content.encode()))
    return snapshot


def test_a_recording_in_three_parts_is_read_alike(tmp_path: Path) -> None:
    tape = read(three_parts(tmp_path))
    assert (tape.symbol, tape.tick) == ("ETHBTC", pytest.approx(0.001))
    assert tape.price_of(tape.top_ask[-1]) == pytest.approx(0.029)
    assert list(tape.kind[-4:]) == [Kind.END, Kind.END, Kind.BOUGHT, Kind.END]


def test_a_part_that_is_missing_or_cut_is_named(tmp_path: Path) -> None:
    snapshot = three_parts(tmp_path)
    trades = tmp_path / "binance_spot_ethbtc_20201101T09_trades.jsonl.gz"
    trades.write_bytes(trades.read_bytes()[:-12])
    with pytest.raises(TruncatedRecording, match="trades"):
        read(snapshot)
    trades.unlink()
    with pytest.raises(EmptyRecording, match="trades"):
        read(snapshot)


def test_a_missing_data_folder_is_told_with_the_way_to_name_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIPMASTER_DATA", str(tmp_path))
    with pytest.raises(NoData, match="DIPMASTER_DATA"):
        data_folder()
