"""Causes of the catalogue that no function finds, each with the reason."""

from __future__ import annotations

UNSEEN: dict[str, str] = {
    "U09": "refused only by API versions of 2024–25; since then a quantity's display is cut, which is U66",
    "U15": "the stream answers 200 and reports nothing; in an application's log the row shows as not counted",
    "U19": "the stream's answer is the same either way; error reports go to the account's own places",
    "U20": "where an account's error reports go says nothing about one event",
    "U21": "one key shows one account in one mode; a log shows the row as not counted by the meter",
    "U45": "accounts are settled over all invoices of a period, so nothing is missing where this happens",
    "U46": "an invoice's status is shown with it and can be claimed; no usage is lost by it alone",
    "U48": "a subscription's status is shown with it and can be claimed; no usage is lost by it alone",
    "U49": "credits and discounts change what is to be paid, never which units a line bills",
    "U71": "what a unit was meant to be stands nowhere in the account",
    "U72": "how an application reads summaries is not visible; the harness reads every page",
    "U73": "the application's own time zone is not visible",
    "U74": "an adjustment without effect leaves the event billed, and is shown as that",
    "U75": "a claim about an amount names its currency, and fails by it",
    "U77": "the day that an event was meant for stands nowhere but in the application",
    "U78": "a report that the application repeats on purpose cannot be told from new usage",
}
"""By code. What a function finds is not listed here."""
