from __future__ import annotations

from datetime import timedelta

import pytest

from rdspatch.core.duration import milliseconds, parse_duration


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1ms", timedelta(milliseconds=1)),
        ("100ms", timedelta(milliseconds=100)),
        ("5s", timedelta(seconds=5)),
        ("14min", timedelta(minutes=14)),
        ("999999999ms", timedelta(milliseconds=999_999_999)),
    ],
)
def test_a_duration_is_a_whole_number_and_a_unit(text: str, expected: timedelta) -> None:
    assert parse_duration(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0s",
        "00ms",
        "01s",
        "5",
        "s",
        "5 s",
        " 5s",
        "5s ",
        "5s\n",
        "1.5s",
        "-1s",
        "+1s",
        "5h",
        "5S",
        "5sec",
        "٣s",
        "²s",
        "1234567890ms",
    ],
)
def test_anything_else_is_no_duration(text: str) -> None:
    assert parse_duration(text) is None


@pytest.mark.parametrize(
    ("duration", "expected"),
    [
        (timedelta(seconds=2), 2000),
        (timedelta(milliseconds=1.9), 1),
        (timedelta(microseconds=1), 1),
        (timedelta(), 1),
    ],
)
def test_a_timeout_is_never_sent_as_zero_which_would_mean_none(duration: timedelta, expected: int) -> None:
    assert milliseconds(duration) == expected
