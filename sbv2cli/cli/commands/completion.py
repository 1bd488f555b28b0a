"""`sbv2 completion`: the completion script of a shell."""

from __future__ import annotations

import click

from sbv2cli.cli.completion import SHELLS, VARIABLE


@click.command()
@click.argument("shell", type=click.Choice(tuple(SHELLS)))
def completion(shell: str) -> None:
    """Print the completion script of a shell.

    \b
    Examples:
      sbv2 completion bash >> ~/.bashrc
      sbv2 completion zsh >> ~/.zshrc
      sbv2 completion fish > ~/.config/fish/completions/sbv2.fish

    A new shell then completes commands, options, voices, styles, speakers, characters, formats,
    fields of --select and names of settings.
    """
    from sbv2cli.cli.main import sbv2

    click.echo(SHELLS[shell](sbv2, {}, "sbv2", VARIABLE).source(), nl=False)
