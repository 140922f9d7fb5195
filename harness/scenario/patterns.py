"""The forms that texts must have, each with the words for a text that hasn't."""

from __future__ import annotations

from harness.scenario.instants import LABEL_PATTERN

LABEL = f"^{LABEL_PATTERN}$"
TAG = r"^[a-z0-9][a-z0-9_-]*$"
EVENT_TYPE = r"^[a-z0-9_]+(\.[a-z0-9_]+)+$"
CASE_ID = r"^[A-Za-z0-9][A-Za-z0-9_.+-]*$"
API_VERSION = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(\.[a-z_]+)?$"
API_PATH = r"^/v[0-9]+/\S+$"
CURRENCY = r"^[a-z]{3}$"
FUNCTION = r"^[A-Za-z_][A-Za-z0-9_.]*:[A-Za-z_][A-Za-z0-9_.]*$"
URL = r"^https?://\S+$"

PATTERN_HELP: dict[str, tuple[str, str]] = {
    LABEL: ("a label", "labels begin with a letter and go on with letters, digits, - and _"),
    TAG: ("a tag", "tags have small letters, digits, - and _, as in late-usage"),
    EVENT_TYPE: ("an event type", "write Stripe's name for it, such as invoice.created"),
    API_VERSION: ("an API version", "write a date and perhaps a name, such as 2025-03-31.basil"),
    API_PATH: ("a path of the API", "write it from the version on: /v1/customers/:acme"),
    CURRENCY: ("a currency", "write its ISO code in small letters, such as eur"),
    FUNCTION: ("the name of a function", "write module:function, such as myapp.billing:report_usage"),
    URL: ("a URL", "write it in full: http://localhost:8000/webhook"),
}
