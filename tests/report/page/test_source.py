import pytest

from harness.report.page.source import MOST_LINES, case_row, source_lines

TABLE = """\
scenario: x
cases:
  - {id: late, wait: 2h}
  - {id: later, wait: 3h}
  - id: "on time"
    wait: 0h
"""


@pytest.mark.parametrize(
    ("case", "row"),
    [("x[late]", 3), ("x[later]", 4), ("x[on time]", 5), ("x[elsewhere]", 1), ("x[a.*b]", 1), ("x", 1)],
)
def test_a_case_stands_in_its_row_of_the_table(case: str, row: int) -> None:
    assert case_row(TABLE, case, 1) == row


def test_a_line_says_all_that_failed_there_once() -> None:
    lines = source_lines("a\nb\nc", 1, [(2, "too few"), (2, "too few"), (2, "too late")])
    assert [(line.number, line.text, line.why) for line in lines] == [
        (1, "a", ""),
        (2, "b", "too few; too late"),
        (3, "c", ""),
    ]
    assert [line.number for line in lines if line.is_case] == [1]


def test_a_long_file_is_shown_around_what_matters() -> None:
    text = "\n".join(str(number) for number in range(1, 10_000))
    numbers = [line.number for line in source_lines(text, 700, [(5_000, "here")])]
    assert len(numbers) < MOST_LINES
    assert {1, 690, 700, 4_990, 5_000} <= set(numbers)
    assert 3_000 not in numbers
