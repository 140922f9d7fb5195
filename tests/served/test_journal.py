"""What was answered is still there after a restart, once; and a file that can't be trusted is refused."""

import json
import pickle
import tempfile
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.simulator.flows.clocks import catch_up
from harness.simulator.served import journal as module
from harness.simulator.served import pickles
from harness.simulator.served.journal import Journal, StateUnusable
from harness.simulator.served.profiles import CALM, LIFELIKE
from harness.simulator.served.seeding import seed


def everything(hand: Any) -> list[Any]:
    """All that an account shows, of each account."""
    lists = ("customers?", "subscriptions?customer=cus_sim000001&", "invoices?customer=cus_sim000001&")
    more = ("events?", "test_helpers/test_clocks?", "credit_notes?", "refunds?")
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
    parts = "amount=200&refund_amount=150&credit_amount=50"
    hand.call("POST /v1/credit_notes", f"invoice=in_sim000001&{parts}")
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
    wanted = [b"cos\nsystem\n(S'true'\ntR.", b"charness.simulator.served.journal\nPath\n(S'x'\ntR."]
    wanted += [pickle.dumps(each) for each in (print, json.dumps, Journal.close, Path("x"))]
    for saved in [*wanted, b"", b"nonsense"]:
        with pytest.raises(pickles.NotAWorld):
            pickles.load(saved)


MOVES = st.one_of(
    st.tuples(st.just("wait"), st.sampled_from([0, 0.4, 1, 3, 20, 100, 4_000])),
    st.tuples(st.just("tick"), st.just(0)),
    st.tuples(st.just("advance"), st.sampled_from([60, 86_400, 31 * 86_400, 40 * 86_400])),
    st.tuples(
        st.sampled_from(
            [
                "look",
                "list",
                "customer",
                "usage",
                "strange",
                "refused",
                "attempt",
                "cancel",
                "snapshot",
                "restore",
            ]
        ),
        st.sampled_from(["sk_test_a", "sk_test_b"]),
    ),
)


class Life:
    """A server's accounts lived through move by move, each with a clock, a subscription and a webhook."""

    def __init__(self, hand: Any) -> None:
        self.hand = hand
        self.clock = "/v1/test_helpers/test_clocks/clock_sim000001"
        for key in ("sk_test_a", "sk_test_b"):
            self.account = hand.accounts.of({"authorization": f"Bearer {key}"})
            seed(self.account, STORY, hand.accounts.make)

    def go(self, what: str, how: Any) -> None:
        key = how if isinstance(how, str) else "sk_test_a"
        account = self.hand.accounts.of({"authorization": f"Bearer {key}"})
        getattr(self, what)(how, key, account)

    def wait(self, seconds: float, *_: Any) -> None:
        self.hand.real += seconds

    def tick(self, *_: Any) -> None:
        """What the clockwork does while nobody asks: nothing of it is written down."""
        for account in self.hand.accounts:
            account.world.wall = max(account.world.wall, self.hand.accounts.wall(account))
            catch_up(account.world)

    def advance(self, seconds: int, key: str, account: Any) -> None:
        now = account.world.clocks["clock_sim000001"].frozen_time
        self.hand.call(f"POST {self.clock}/advance", f"frozen_time={now + seconds}", key)

    def look(self, _: str, key: str, __: Any) -> None:
        self.hand.call(f"GET {self.clock}", key=key)

    def list(self, _: str, key: str, __: Any) -> None:
        self.hand.call("GET /v1/events", key=key)

    def customer(self, _: str, key: str, __: Any) -> None:
        self.hand.call("POST /v1/customers", "name=Ada", key)

    def usage(self, _: str, key: str, __: Any) -> None:
        sent = "event_name=calls&payload[stripe_customer_id]=cus_sim000001&payload[value]=3"
        self.hand.call("POST /v1/billing/meter_events", sent, key)

    def strange(self, _: str, key: str, __: Any) -> None:
        """Usage that the stream swallows and reports later."""
        form = {"content_type": "application/json"}
        session = self.hand.call("POST /v2/billing/meter_event_session", "{}", key, **form)
        token = json.loads(session.body)["authentication_token"]
        sent = json.dumps({"events": [{"event_name": "nothing", "payload": {"value": "1"}}]})
        self.hand.call("POST /v2/billing/meter_event_stream", sent, token, **form)

    def refused(self, _: str, key: str, __: Any) -> None:
        self.hand.call("POST /v1/subscriptions", "customer=cus_sim000001&items[0][price]=price_nobody", key)

    def attempt(self, _: str, __: str, account: Any) -> None:
        for delivery in list(account.world.undelivered)[:2]:
            args = {"delivery": delivery, "status": 200 if len(delivery) % 2 else 500, "note": ""}
            self.hand.accounts.perform(account, "attempted", args)

    def cancel(self, _: str, key: str, __: Any) -> None:
        self.hand.call("DELETE /v1/subscriptions/sub_sim000001", key=key)

    def snapshot(self, _: str, __: str, account: Any) -> None:
        self.hand.accounts.perform(account, "snapshot", {"name": "then"})

    def restore(self, _: str, __: str, account: Any) -> None:
        if "then" in account.snapshots:
            self.hand.accounts.perform(account, "restore", {"name": "then"})


PRICE = {
    "currency": "usd",
    "unit_amount": 2,
    "product_data": {"name": "Calls"},
    "recurring": {"interval": "month", "usage_type": "metered", "meter": "$meter"},
}
CARD = {"payment_method": "pm_card_visa", "invoice_settings": {"default_payment_method": "pm_card_visa"}}
STORY = [
    {"post": "/v1/test_helpers/test_clocks", "params": {"frozen_time": 1_767_225_600}, "as": "clock"},
    {"post": "/v1/customers", "params": {"test_clock": "$clock", **CARD}, "as": "ada"},
    {"post": "/v1/customers", "params": CARD, "as": "unclocked"},
    {
        "post": "/v1/billing/meters",
        "params": {"display_name": "C", "event_name": "calls", "default_aggregation": {"formula": "sum"}},
        "as": "meter",
    },
    {"post": "/v1/prices", "params": PRICE, "as": "price"},
    {"post": "/v1/subscriptions", "params": {"customer": "$ada", "items": [{"price": "$price"}]}},
    {"post": "/v1/subscriptions", "params": {"customer": "$unclocked", "items": [{"price": "$price"}]}},
    {
        "post": "/v1/webhook_endpoints",
        "params": {"url": "http://127.0.0.1:9/", "enabled_events": ["invoice.*"]},
    },
]


@settings(deadline=None, max_examples=100)
@given(moves=st.lists(MOVES, max_size=25), lifelike=st.booleans())
def test_whatever_happens_the_file_tells_it_again(
    new_hand: Callable[..., Any], moves: list[tuple[str, Any]], lifelike: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        profile = replace(LIFELIKE, requests_per_second=None) if lifelike else CALM
        first = new_hand(profile, Path(folder) / "state")
        life = Life(first)
        for what, how in moves:
            life.go(what, how)
        first.journal.close()
        second = new_hand(profile, Path(folder) / "state", real=first.real)
        for hand in (first, second):  # both catch up to one moment; the file is not needed any more
            hand.accounts.journal = None
            hand.real += 1
            Life.tick(SimpleNamespace(hand=hand))
        for was, is_ in zip(first.accounts, second.accounts, strict=True):
            assert portrait(is_) == portrait(was)
        second.journal.close()


def portrait(account: Any) -> Any:
    """Everything about an account that could differ."""
    world = account.world
    tables = [{key: each.render(world) for key, each in table.items()} for table in world.tables()]
    sent = [asdict(each) for each in world.deliveries.values()]
    reported = [each.render() for each in world.thin_events.values()]
    return tables, sent, reported, world.usage.newest(100), world.wall, account.offset_seconds, world.sessions


def test_credit_notes_survive_a_restart(new_hand: Callable[..., Any], tmp_path: Path) -> None:
    """Journaled requests and a picture alike: notes still count for their invoice afterwards."""
    first = new_hand(state=tmp_path / "state")
    tell_a_story(first)
    first.accounts.compact()
    first.call("POST /v1/credit_notes", "invoice=in_sim000001&amount=100&out_of_band_amount=100")
    first.journal.close()
    second = new_hand(state=tmp_path / "state")
    invoice = json.loads(second.call("GET /v1/invoices/in_sim000001").body)
    assert invoice["post_payment_credit_notes_amount"] == 300
    refused = second.call("POST /v1/credit_notes", "invoice=in_sim000001&amount=201&out_of_band_amount=201")
    assert refused.status == 400
