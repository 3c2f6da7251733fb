"""What `video-bot manifest` prints, read back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from typer.testing import CliRunner

from bot.cli import app

Json = dict[str, Any]
MANIFEST = Path(__file__).parents[2] / "manifest.yml"


def printed(*options: str) -> Json:
    result = CliRunner().invoke(app, ["manifest", "--path", str(MANIFEST), *options])
    assert result.exit_code == 0, result.stderr
    return dict(yaml.safe_load(result.stdout))
