"""`python -m sbv2cli`."""

from sbv2cli.cli.main import main

main()
