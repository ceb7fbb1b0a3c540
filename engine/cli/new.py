"""Commands for writing configurations: new, schema."""

from __future__ import annotations

import click


@click.command()
def schema() -> None:
    """Print the JSON schema of configurations, for completion in editors."""
    import json

    from engine.config import json_schema

    click.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))
