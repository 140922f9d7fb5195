"""What was answered is still there after a restart, once; and a file that can't be trusted is refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.simulator.served import journal as module
from harness.simulator.served import pickles
from harness.simulator.served.journal import Journal, StateUnusable


def everything(hand: Any) -> list[Any]:
    """All that an account shows, of each account."""
    lists = ("customers?", "subscriptions?customer=cus_sim000001&", "invoices?customer=cus_sim000001&")
    more = ("events?", "test_helpers/test_clocks?")
    return [
        [json.loads(hand.call(f"GET /v1/{each}limit=100", key=key).body) for each in (*lists, *more)]
        for key in ("sk_test_a", "sk_test_b")
    ]


def tell_a_story(hand: Any) -> None:
    """A subscription through a renewal, with refusals, replays and looks; another account beside it."""
    form = {"content_type": "application/x-www-form-urlencoded"}
    now = int(hand.real)
    clock = json.loads(hand.call("POST /v1/test_helpers/test_clocks", f"frozen_time={now}", **form).body)
    hand.call("GET /v1/customers")
    card = "payment_method=pm_card_visa&invoice_settings[default_payment_method]=pm_card_visa"
    hand.call("POST /v1/customers", f"test_clock={clock['id']}&{card}", **form)
    hand.call("POST /v1/customers", "name=Ada", idempotency_key="k1")
    hand.call("POST /v1/customers", "name=Ada", idempotency_key="k1")
    hand.call("POST /v1/customers", "nmae=Ada")
    price = "currency=usd&unit_amount=500&recurring[interval]=month&product_data[name]=Plan"
    hand.call("POST /v1/prices", price)
    hand.call("POST /v1/subscriptions", "customer=cus_sim000001&items[0][price]=price_sim000001")
    hand.real += 7.5
    hand.call("POST /v1/customers", "name=Bob", key="sk_test_b")
    path = f"/v1/test_helpers/test_clocks/{clock['id']}"
    hand.call(f"POST {path}/advance", f"frozen_time={now + 40 * 86_400}")
    hand.call(f"GET {path}")
    hand.call("DELETE /v1/customers/cus_sim000002")


def test_a_restarted_server_shows_what_the_last_one_showed(
    new_hand: Callable[..., Any], tmp_path: Path
) -> None:
    first = new_hand(state=tmp_path / "state")
    tell_a_story(first)
    shown = everything(first)
    assert len(shown[0][2]["data"]) == 2
    assert [each["name"] for each in shown[1][0]["data"]] == ["Bob"]
    first.journal.close()
    second = new_hand(state=tmp_path / "state")
    assert everything(second) == shown


def test_a_picture_stands_for_the_entries_before_it(new_hand: Callable[..., Any], tmp_path: Path) -> None:
    first = new_hand(state=tmp_path / "state")
    tell_a_story(first)
    first.accounts.compact()
    first.call("POST /v1/customers", "name=Later")
    shown = everything(first)
    first.journal.close()
    second = new_hand(state=tmp_path / "state")
    assert everything(second) == shown
    assert len(second.journal.entries) == 0
    made = [hand.call("POST /v1/customers", "name=Next").body for hand in (second,)]
    assert "Next" in made[0]


def test_a_line_that_was_cut_off_was_never_answered(new_hand: Callable[..., Any], tmp_path: Path) -> None:
    state = tmp_path / "state"
    first = new_hand(state=state)
    first.call("POST /v1/customers", "name=Ada")
    whole = state.stat().st_size
    first.call("POST /v1/customers", "name=Bob")
    first.journal.close()
    for cut in range(whole, state.stat().st_size):
        copy = tmp_path / f"cut-{cut}"
        copy.write_bytes(state.read_bytes()[:cut])
        hand = new_hand(state=copy)
        names = [each["name"] for each in json.loads(hand.call("GET /v1/customers").body)["data"]]
        assert names == ["Ada"]
        assert copy.stat().st_size == whole
        hand.journal.close()


def test_the_key_is_not_in_the_file(new_hand: Callable[..., Any], tmp_path: Path) -> None:
    hand = new_hand(state=tmp_path / "state")
    hand.call("POST /v1/customers", "name=Ada", key="sk_test_51secret")
    assert b"51secret" not in (tmp_path / "state").read_bytes()


def test_damage_before_the_end_is_refused(new_hand: Callable[..., Any], tmp_path: Path) -> None:
    state = tmp_path / "state"
    hand = new_hand(state=state)
    for name in ("Ada", "Bob"):
        hand.call("POST /v1/customers", f"name={name}")
    hand.journal.close()
    state.write_bytes(state.read_bytes().replace(b"name=Ada", b"name=Adb"))
    with pytest.raises(StateUnusable, match="damaged in line 3"):
        Journal(state)


def test_an_answer_that_changed_is_refused(new_hand: Callable[..., Any], tmp_path: Path) -> None:
    state = tmp_path / "state"
    hand = new_hand(state=state)
    hand.call("POST /v1/customers", "name=Ada")
    hand.journal.close()
    line = state.read_bytes().splitlines()[-1].partition(b" ")[2]
    forged = json.loads(line) | {"c": 1}
    kept = b"\n".join(state.read_bytes().splitlines()[:-1]) + b"\n"
    state.write_bytes(kept + module._line(json.dumps(forged)))
    with pytest.raises(StateUnusable, match="POST /v1/customers"):
        new_hand(state=state)


def test_two_servers_cannot_share_a_file(tmp_path: Path) -> None:
    first = Journal(tmp_path / "state")
    with pytest.raises(StateUnusable, match="in use"):
        Journal(tmp_path / "state")
    first.close()


def test_another_kind_of_file_is_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("my notes\nand more\n")
    with pytest.raises(StateUnusable, match="no state file"):
        Journal(other)
    assert other.read_text() == "my notes\nand more\n"


def test_a_one_line_file_of_somebody_else_s_is_left_alone_too(tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("my notes")
    with pytest.raises(StateUnusable, match="no state file"):
        Journal(other)
    assert other.read_text() == "my notes"


def test_a_full_disk_leaves_the_file_whole(
    new_hand: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = tmp_path / "state"
    hand = new_hand(state=state)
    hand.call("POST /v1/customers", "name=Ada")
    before = state.read_bytes()
    write = module.os.write

    def short(file: int, data: memoryview) -> int:
        if len(data) < 20:
            raise OSError(28, "No space left on device")
        return write(file, data[:-10])

    monkeypatch.setattr(module.os, "write", short)
    with pytest.raises(StateUnusable, match="No space left"):
        hand.call("POST /v1/customers", "name=Bob")
    assert state.read_bytes() == before


def test_a_saved_world_can_name_nothing_but_what_worlds_are_made_of() -> None:
    class Trap:
        def __reduce__(self) -> Any:
            return print, ("caught",)

    for evil in (Trap(), print, json.dumps, Journal.close):
        with pytest.raises(pickles.NotAWorld):
            pickles.load(
                module.pickles.dump(evil) if not isinstance(evil, Trap) else b"cos\nsystem\n(S'true'\ntR."
            )
