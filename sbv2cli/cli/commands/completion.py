"""`sbv2 completion`: the completion script of a shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print the completion script of a shell.

    \b
    Examples:
      sbv2 completion bash >> ~/.bashrc
      sbv2 completion zsh >> ~/.zshrc
      sbv2 completion fish > ~/.config/fish/completions/sbv2.fish
    """
    from sbv2cli.cli.main import sbv2

    found = get_completion_class(shell)
    assert found is not None  # the argument is one of Click's own
    click.echo(found(sbv2, {}, "sbv2", "_SBV2_COMPLETE").source())
