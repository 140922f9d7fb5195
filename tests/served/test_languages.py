"""Other languages: the official SDK for Node tells a whole month, and Stripe's own command line works."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

NODE = shutil.which("node")
MODULES = os.environ.get("HARNESS_NODE_MODULES")
STORY = Path(__file__).parent / "node" / "month.cjs"
pytestmark = pytest.mark.skipif(
    not (NODE and MODULES), reason="needs node, and HARNESS_NODE_MODULES naming a folder with npm's `stripe`"
)


@pytest.fixture(
    scope="module", params=[(), ("--profile", "lifelike", "--speed", "60")], ids=["calm", "lifelike"]
)
def serving(request: pytest.FixtureRequest, start_server: Callable[..., Any]) -> Iterator[Any]:
    running = start_server(*request.param)
    yield running
    running.stop()


def run(command: list[str], folder: Path, **environment: str) -> str:
    """What a command prints, away from the user's own settings."""
    told = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **environment},
    )
    assert told.returncode == 0, told.stdout + told.stderr
    return told.stdout


def test_node_tells_a_metered_month_with_the_v2_stream_and_webhooks(serving: Any, tmp_path: Path) -> None:
    told = json.loads(run([str(NODE), str(STORY), serving.url], tmp_path, NODE_PATH=str(MODULES)))
    assert told["total"] == 2750
    assert told["webhooks"] == 3


def test_stripe_s_own_command_line_works(serving: Any, tmp_path: Path) -> None:
    program = Path(str(MODULES)) / ".bin" / "stripe"
    if not program.exists():
        pytest.skip("npm's `@stripe/cli` is not in HARNESS_NODE_MODULES")
    base = ["--api-key", "sk_test_command_line", "--api-base", serving.url]
    made = json.loads(run([str(program), "customers", "create", "--name", "Ada", *base], tmp_path))
    assert (
        json.loads(run([str(program), "get", f"/v1/customers/{made['id']}", *base], tmp_path))["name"]
        == "Ada"
    )
    assert "Trigger succeeded" in run([str(program), "trigger", "customer.created", *base], tmp_path)
