"""Refusal codes and their documentation."""

from pathlib import Path

from risk.domain.decisions import MEANINGS, RefusalCode, refusal_table

DOCUMENT = Path(__file__).parents[4] / "docs" / "risk.md"


def test_every_code_has_a_meaning_and_nothing_else_has() -> None:
    assert set(MEANINGS) == set(RefusalCode)


def test_the_documented_table_is_the_one_generated_from_the_codes() -> None:
    documented = [line for line in DOCUMENT.read_text().split("## Refusal codes")[1].splitlines() if line.startswith("|")]
    assert documented == refusal_table().splitlines()
