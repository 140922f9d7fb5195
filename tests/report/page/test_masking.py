import json

import pytest

from harness.report.page.masking import CARD, LONGEST_TEXT, PERSONAL, SECRET, Masker, visible

CARDS = [
    "4242424242424242",
    "4242 4242 4242 4242",
    "5555-5555-5555-4444",
    "378282246310005",
    "6011111111111117",
]
SECRETS = [
    "sk_test_51NothingReal000",
    "rk_live_abcdefgh1234",
    "whsec_abc123DEF456",
    "pi_3Abc_secret_Def456",
    "seti_1Abc_secret_xyz789",
    "Bearer abcdefgh.ijkl",
    "https://invoice.stripe.com/i/acct_1/live_YWNjd",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_masked_wherever_it_stands(secret: str) -> None:
    shown = Masker().text(f"before {secret} after")
    assert secret not in shown
    assert shown == f"before {SECRET} after"


@pytest.mark.parametrize("card", CARDS)
def test_a_card_number_is_masked(card: str) -> None:
    assert Masker().text(f"card {card}.") == f"card {CARD}."


@pytest.mark.parametrize(
    "harmless",
    [
        "1767225600000",
        "1234567890123456",
        "4242424242424241",
        "in_4242424242424242a",
        "0.4242424242424242",
        "pk_test_abc123",
    ],
)
def test_other_numbers_and_public_keys_stay(harmless: str) -> None:
    assert Masker().text(harmless) == harmless


def test_a_card_number_in_a_json_number_is_masked() -> None:
    assert Masker().body({"number": 4242424242424242, "created": 1767225600}) == {
        "number": CARD,
        "created": 1767225600,
    }


def test_personal_members_are_masked_unless_the_scenario_states_them() -> None:
    masker = Masker(["customers: {acme: {email: billing@acme.test}}"])
    answer = {
        "object": "customer",
        "name": "acme",
        "email": "billing@acme.test",
        "phone": "+49 30 1234567",
        "address": {"line1": "1 Main Street", "city": "Berlin", "country": "DE"},
    }
    assert masker.body(answer) == {
        "object": "customer",
        "name": "acme",
        "email": "billing@acme.test",
        "phone": PERSONAL,
        "address": {"line1": PERSONAL, "city": PERSONAL, "country": "DE"},
    }


def test_a_thing_may_keep_its_name() -> None:
    answer = {"object": "product", "name": "Calls"}
    assert Masker().body(answer) == answer


def test_secret_members_are_masked_whatever_they_hold() -> None:
    assert Masker().body({"client_secret": "anything"}) == {"client_secret": SECRET}


def test_parameters_in_brackets_are_masked_by_their_last_name() -> None:
    sent = {"customer[email]": "a@b.example", "card[cvc]": "123", "payload[value]": "40"}
    assert Masker().params(sent) == {"customer[email]": PERSONAL, "card[cvc]": SECRET, "payload[value]": "40"}


def test_an_address_that_no_scenario_states_is_masked_in_any_text() -> None:
    assert (
        Masker(["me@here.example"]).text("me@here.example, you@there.example")
        == f"me@here.example, {PERSONAL}"
    )


@pytest.mark.parametrize(
    ("hidden", "shown"),
    [
        ("a\u202eb", "a⟨U+202E⟩b"),
        ("a\u2066b\u2069", "a⟨U+2066⟩b⟨U+2069⟩"),
        ("zero\u200bwidth", "zero⟨U+200B⟩width"),
        ("nul\x00", "nul⟨U+0000⟩"),
        ("half\ud800", "half⟨U+D800⟩"),
        ("two\r\nlines\tand a tab", "two\nlines\tand a tab"),
        ("größe 大", "größe 大"),
    ],
)
def test_hidden_characters_are_written_out(hidden: str, shown: str) -> None:
    assert visible(hidden) == shown


def test_a_huge_text_is_cut_with_a_note() -> None:
    shown = Masker().text("x" * 5_000_000)
    assert len(shown) < LONGEST_TEXT + 60
    assert shown.endswith("(cut here: 4,999,400 more characters)")


def test_a_secret_on_the_edge_of_the_cut_is_masked_before_it_is_cut() -> None:
    shown = Masker().text("x" * (LONGEST_TEXT - 12) + " sk_test_51NothingReal000")
    assert "sk_test" not in shown


def test_what_is_masked_is_still_json() -> None:
    assert json.loads(json.dumps(Masker().body({"a": [True, None, 1.5, {"b": "4242424242424242"}]}))) == {
        "a": [True, None, 1.5, {"b": CARD}]
    }
