"""Where lines are spoken: in this process, in one process a core, on other machines."""

EXECUTORS = {
    "local": "sbv2cli.executors.local:LocalExecutor",
}
