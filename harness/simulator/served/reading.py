"""What happened in an account, for the control API and the page: meter events, deliveries, their fate."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from harness.simulator.objects.thin_event import ThinEvent
from harness.simulator.served.account import Account, Logged

SENT_BY = ("/v1/billing/meter_events", "/v2/billing/meter_events")


def usage(account: Account, limit: int) -> dict[str, Any]:
    """Meter events, newest first: accepted ones with what became of them, refused ones with the reason."""
    return {"accepted": accepted(account, limit), "refused": refused(account)[:limit]}


def accepted(account: Account, limit: int) -> list[dict[str, Any]]:
    """Accepted meter events; `fate` is `pending`, `aggregated` or `cancelled`."""
    world = account.world
    rows = []
    for identifier, receipt in world.usage.newest(limit):
        aggregated = receipt.aggregated_at <= world.aggregated_until
        rows.append(
            {
                "identifier": identifier,
                "event_name": world.meters[receipt.meter].event_name,
                "customer": receipt.customer,
                "timestamp": receipt.at,
                "value": str(receipt.value),
                "received_at": receipt.received_at,
                "aggregated_at": receipt.aggregated_at,
                "fate": "cancelled" if receipt.cancelled else "aggregated" if aggregated else "pending",
            }
        )
    return rows


def refused(account: Account) -> list[dict[str, Any]]:
    """Meter events that were refused at once, from the request log, and those that reports tell of."""
    at_once = [
        {"at": line.wall, "sent": line.sent, "why": _message(line)}
        for line in account.log
        if line.method == "POST" and line.target.startswith(SENT_BY) and line.status >= 400
    ]
    world = account.world
    later = [
        {"at": report.created, "sent": flaw.identifier, "why": flaw.message}
        for report in [*world.thin_events.values(), *world.open_reports.values()]
        if isinstance(report, ThinEvent)
        for flaw in report.flaws
    ]
    return sorted(at_once + later, key=lambda row: -row["at"])


def deliveries(account: Account, limit: int) -> dict[str, Any]:
    """Deliveries, newest first, with their attempts."""
    world = account.world
    newest = list(world.deliveries.values())[::-1][:limit]
    rows = []
    for each in newest:
        endpoint = world.endpoints.get(each.endpoint)
        rows.append(asdict(each) | {"url": endpoint.url if endpoint else None})
    return {"deliveries": rows}


def _message(line: Logged) -> str:
    try:
        return str(json.loads(line.answered)["error"]["message"])
    except (ValueError, KeyError, TypeError):  # cut off, or no answer at all
        return line.answered[:200]
