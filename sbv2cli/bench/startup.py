"""`sbv2 bench startup`: how long commands take to begin, beside bare Python and bare imports."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sbv2cli.bench import command, voice_folder
from sbv2cli.bench.command import Ran
from sbv2cli.voices import search_path

COMMANDS = {
    "bare_python": ["-c", "pass"],
    "help": ["-m", "sbv2cli", "--help"],
    "version": ["-m", "sbv2cli", "--version"],
    "import_torch": ["-c", "import torch"],
    "import_onnxruntime": ["-c", "import onnxruntime"],
}

WORDS = "おはようございます。"


def measure(repeats: int, size: str, say: Callable[[str], None]) -> dict[str, Any]:
    """Median wall seconds and memory of each command, in turn, and what they cost over others.

    A voice with random weights says a word, once with torch and once without; so does the voice
    that ships, by whatever `sbv2 say` takes by itself, and by torch.
    """
    with TemporaryDirectory() as name:
        say(f"making a random voice, {size} size, and converting it")
        voice = voice_folder.write_both(Path(name), size)
        commands = {
            **COMMANDS,
            **{f"say_{backend}": _say(folder, name) for backend, folder in voice.items()},
            "say_built_in": _say(search_path.find(None, []).path, name),
            "say_built_in_torch": _say(search_path.find(None, []).path, name, "--backend", "torch"),
        }
        runs: dict[str, list[Ran]] = {name: [] for name in commands}
        for repeat in range(repeats + 1):
            say(f"round {repeat} of {repeats}")
            for what, arguments in commands.items():
                runs[what].append(command.run(arguments))
    # The first run of each fills the file cache.
    seconds = {name: statistics.median(ran.seconds for ran in of[1:]) for name, of in runs.items()}
    cpu = {
        name: statistics.median(ran.cpu_seconds or 0 for ran in of[1:]) for name, of in runs.items()
    }
    memory = {name: max(ran.peak_mib or 0 for ran in of) for name, of in runs.items()}
    bare = seconds["bare_python"]
    return {
        "seconds": {name: round(value, 4) for name, value in seconds.items()},
        "cpu_seconds": {name: round(value, 4) for name, value in cpu.items()},
        "peak_memory_mib": memory,
        "help_over_bare_python_seconds": round(seconds["help"] - bare, 4),
        "help_to_bare_python_ratio": round(seconds["help"] / bare, 2),
        "say_torch_to_onnx_ratio": round(seconds["say_torch"] / seconds["say_onnx"], 2),
        "say_built_in_torch_to_usual_ratio": round(
            seconds["say_built_in_torch"] / seconds["say_built_in"], 2
        ),
        "say_built_in_to_import_torch_ratio": round(
            seconds["say_built_in"] / seconds["import_torch"], 2
        ),
        "voice": size,
    }


def _say(voice: Path, folder: str, *more: str) -> list[str]:
    sound = str(Path(folder) / "sound")
    return [
        "-m",
        "sbv2cli",
        "say",
        "--no-config",
        "-m",
        str(voice),
        "-f",
        "wav",
        "-o",
        sound,
        *more,
        WORDS,
    ]
