"""`returns` of a `call`: the members of one answer, one by one."""

from __future__ import annotations

from typing import Any

import pytest

from harness.check import check
from harness.check.expectations import evaluate
from harness.history.entries import Claimed

ANSWER: dict[str, Any] = {
    "id": "cus_1",
    "balance": -500,
    "livemode": False,
    "name": None,
    "email": "",
    "rate": 1.5,
    "metadata": {"plan": "gold"},
    "lines": {"data": [{"quantity": 5}, {"quantity": 7}]},
}


@pytest.mark.parametrize(
    ("path", "wanted", "actual"),
    [
        pytest.param("balance", -500, None, id="a number agrees"),
        pytest.param("balance", 500, "-500", id="a number differs"),
        pytest.param("livemode", 0, "false", id="false is not 0"),
        pytest.param("livemode", False, None, id="false agrees"),
        pytest.param("name", None, None, id="null is a value"),
        pytest.param("nickname", None, "absent", id="what is absent isn't null"),
        pytest.param("email", "", None, id="an empty text is one"),
        pytest.param("email", "a", '""', id="an empty text is shown"),
        pytest.param("balance", "-500", "-500", id="a text is not a number"),
        pytest.param("rate", 1.5, None, id="a fraction"),
        pytest.param("metadata.plan", "gold", None, id="below a member"),
        pytest.param("metadata", {"plan": "gold"}, None, id="a whole mapping"),
        pytest.param("lines.data.1.quantity", 7, None, id="a place in a list"),
        pytest.param("lines.data.2.quantity", 7, "absent", id="beyond the end of a list"),
        pytest.param("lines.data.x", 7, "absent", id="a list has no names"),
        pytest.param("id.x", 7, "absent", id="a text has no members"),
    ],
)
def test_a_member_of_the_answer_is_compared_as_json(
    tell: Any, path: str, wanted: Any, actual: str | None
) -> None:
    call = tell.call("GET", "/v1/customers/cus_1", ANSWER)
    tell.expect({"answer": {"call": call, "members": {path: wanted}}})
    facts = tell.facts()
    rows = [row for claim in facts.all(Claimed) for each in evaluate(facts, claim) for row in each.rows]
    assert [row.actual for row in rows] == ([] if actual is None else [actual])


def test_the_claim_is_about_its_own_call_and_not_about_a_later_one(tell: Any) -> None:
    first = tell.call("GET", "/v1/customers/cus_1", {"balance": 1})
    tell.call("GET", "/v1/customers/cus_1", {"balance": 2})
    tell.expect({"answer": {"call": first, "members": {"balance": 2}}})
    (finding,) = check(tell.end().facts()).findings
    assert (finding.title, finding.summary) == (
        "expect the answer of GET /v1/customers/cus_1",
        "balance is 1, not 2",
    )
