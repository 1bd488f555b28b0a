"""`sbv2 say`: one text, or a pipe, to one file, stdout or the loudspeaker."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

import click

from sbv2cli.cli import jobs
from sbv2cli.cli.options.common import CommonOptions, common_options
from sbv2cli.cli.options.delivery import delivery_options
from sbv2cli.cli.options.groups import Command, option, options, setting, short_help
from sbv2cli.cli.options.machine import machine_options
from sbv2cli.cli.options.script import text_options
from sbv2cli.cli.pipes import closed_quietly
from sbv2cli.errors import EXIT_OK, EXIT_USAGE, MachineError, UsageError, did_you_mean

if TYPE_CHECKING:
    from sbv2cli.pipeline.job import Job
    from sbv2cli.pipeline.speak import Said, Speaker
    from sbv2cli.readers.decode import ReaderOptions
    from sbv2cli.records import ScriptLine
    from sbv2cli.settings.config import Configuration
    from sbv2cli.writers.audio_file import Encoding

FORMATS = ("wav", "flac", "ogg", "opus", "mp3", "s16le", "f32le")
STREAMED = ("wav", "s16le", "f32le")
_ENDINGS = {".wave": "wav", ".oga": "ogg", ".raw": "s16le", ".pcm": "s16le"}
STDOUT = "-"


EVERYDAY = (
    "voice",
    "output",
    "format_name",
    "style",
    "speed",
    "dict",
    "stream",
    "by_line",
    "threads",
)


@click.command(
    cls=Command,
    everyday=EVERYDAY,
    short_help="Speak a text: to a file, a pipe or the loudspeaker.",
)
@click.argument("words", nargs=-1, metavar="[TEXT]...")
@options(
    "Audio options",
    option("-o", "--output", metavar="FILE|-", help="Output file; - is stdout."),
    option(
        "-f",
        "--format",
        "format_name",
        type=click.Choice(FORMATS),
        help="Audio format.  [default: by the file's suffix, else wav]",
    ),
    setting("rate"),
    option("--stream", is_flag=True, help="Send each sentence as soon as it is synthesised."),
    option("--lines", "by_line", is_flag=True, help="Each row of the text is one line."),
    option(
        "--timing",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Write the times of phones and moras as JSON.",
    ),
)
@delivery_options
@text_options
@machine_options
@common_options
def say(
    common: CommonOptions,
    *,
    words: tuple[str, ...],
    output: str | None,
    format_name: str | None,
    rate: str | None,
    stream: bool,
    by_line: bool,
    timing: Path | None,
    **flags: Any,
) -> int:
    """Speak a text: to a file, a pipe or the loudspeaker.

    \b
    Examples:
      sbv2 say -m amitaro -o hello.wav "おはようございます"
      echo "おはようございます" | sbv2 say -m amitaro | aplay -q
      llm "三行で" < log.txt | sbv2 say -m amitaro --stream -f s16le | ffplay -f s16le -ar 44100 -

    Without TEXT it reads stdin. In a pipe stdout carries the audio alone; on a terminal the audio
    is played (extra "play"). The WAV header of a stream gives no length (0xFFFFFFFF); for strict
    players use -f s16le.
    """
    from sbv2cli.readers.script import stdin_is_terminal

    if not words and stdin_is_terminal():
        click.echo(short_help(click.get_current_context()), err=True)
        return EXIT_USAGE
    flags["seed"] = jobs.drawn_seed(flags["seed"])
    configuration = common.configuration(flags=flags | {"rate": rate})
    encoding = _encoding(output, format_name, configuration["rate"])
    _refuse_clashes(common, output, encoding, stream=stream, timing=timing)
    job = _job(configuration, encoding)
    lines = _lines(_texts(words, stream=stream, by_line=by_line), configuration)
    return _say(common, job, lines, output, stream, timing)


def _say(
    common: CommonOptions,
    job: Job,
    lines: Iterator[ScriptLine],
    output: str | None,
    stream: bool,
    timing: Path | None,
) -> int:
    from sbv2cli.pipeline.signals import InterruptedRunError, Interruptible
    from sbv2cli.pipeline.speak import Speaker

    try:
        with Interruptible():
            said = _all_said(Speaker(job), lines)
            sink = _sink(output, job.encoding)
            seconds = _send(said, sink) if stream else _send_whole(list(said), job, sink, timing)
    except InterruptedRunError as stop:
        return stop.status
    except BrokenPipeError:
        return closed_quietly()
    if not seconds:
        raise UsageError("say.empty", "there is nothing to say", hint="give a text, or pipe one in")
    where = output if output is not None and output != STDOUT else None
    common.console.result({"file": where, "duration": round(seconds, 6)})
    if where is not None:
        common.console.done(f"{where}, {seconds:.1f} s")
    return EXIT_OK


def _lines(texts: Iterator[str], configuration: Configuration) -> Iterator[ScriptLine]:
    from sbv2cli.cli.scripts import reader_options

    options = reader_options(configuration)
    for number, text in enumerate(texts, start=1):
        yield _line(number, text, options)


def _all_said(speaker: Speaker, lines: Iterator[ScriptLine]) -> Iterator[Said]:
    for line in lines:
        yield from speaker.say([line])


def _line(number: int, written: str, options: ReaderOptions) -> ScriptLine:
    from sbv2cli.readers.ruby import take_ruby
    from sbv2cli.records import LineId, ScriptLine, Source

    text, ruby = take_ruby(written, None, options)
    return ScriptLine(
        id=LineId(f"say-{number:04d}"),
        number=number,
        text=text,
        ruby=ruby,
        source=Source(path="<text>", row=number),
        id_given=False,
    )


def _texts(words: tuple[str, ...], *, stream: bool, by_line: bool) -> Iterator[str]:
    """The texts to speak one after another."""
    from sbv2cli.languages.sentences import split_sentences

    if words:
        rows: Iterable[str] = (" ".join(words),)
    elif stream:
        rows = _rows_as_they_come(sys.stdin.buffer)
    else:
        rows = (_all_of_stdin(),)
    for row in rows:
        parts = row.splitlines() if by_line or stream else [row]
        for part in parts:
            yield from split_sentences(part) if stream else [part]


def _all_of_stdin() -> str:
    from sbv2cli.readers.decode import DEFAULTS, document
    from sbv2cli.readers.script import opened

    with opened(Path(STDOUT)) as (stdin, name):
        return document(stdin, name, DEFAULTS)


def _rows_as_they_come(stdin: BinaryIO) -> Iterator[str]:
    for number, row in enumerate(iter(stdin.readline, b""), start=1):
        try:
            yield row.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise UsageError(
                "script.encoding",
                f"byte {error.start} of the row is not UTF-8",
                at=f"<stdin>:{number}",
                hint="a stream is read as UTF-8; convert it with iconv",
            ) from None


def _encoding(output: str | None, format_name: str | None, rate: int | None) -> Encoding:
    from sbv2cli.writers.audio_file import Encoding, check

    name = format_name
    if name is None and output is not None and output != STDOUT:
        ending = Path(output).suffix.lower()
        name = _ENDINGS.get(ending, ending[1:] or "wav")
        if name not in FORMATS:
            raise UsageError(
                "format.unknown",
                f'no format is known by the ending "{ending}"',
                hint=f"{did_you_mean(name, FORMATS)}; or say it with --format",
            )
    name = name or "wav"
    encoding = Encoding(format=name, subtype="float" if name == "f32le" else "pcm16", rate=rate)
    check(encoding)
    return encoding


def _refuse_clashes(
    common: CommonOptions,
    output: str | None,
    encoding: Encoding,
    *,
    stream: bool,
    timing: Path | None,
) -> None:
    to_stdout = output == STDOUT or (output is None and not sys.stdout.isatty())
    if output == STDOUT and sys.stdout.isatty():
        raise UsageError(
            "say.terminal",
            "a terminal cannot show sound",
            hint="pipe it into a player, or give a file: -o hello.wav",
        )
    if to_stdout and common.console.mode.json:
        raise UsageError(
            "say.json", "--json and the sound both want stdout", hint="give a file with -o"
        )
    if stream and encoding.format not in STREAMED:
        raise UsageError(
            "say.stream-format",
            f"{encoding.format} cannot be streamed",
            hint=f"choose one of {', '.join(STREAMED)}",
        )
    if stream and timing is not None:
        raise UsageError("say.stream-timing", "--timing needs the whole text, not a --stream")


def _job(configuration: Configuration, encoding: Encoding) -> Job:
    # What a settings file says of `render` (folders, silence around lines) is not meant for this.
    return replace(
        jobs.job(configuration),
        encoding=encoding,
        name=None,
        trim=False,
        lead=0.0,
        tail=0.0,
        gain="none",
    )


class _Sink(Protocol):
    """Where the sound goes."""

    def send(self, said: Said) -> None:
        """A sentence of a stream."""
        ...

    def send_whole(self, data: bytes, said: Said) -> None:
        """Everything at once, encoded and not."""
        ...


def _sink(output: str | None, encoding: Encoding) -> _Sink:
    if output is None and sys.stdout.isatty():
        return _Loudspeaker()
    if output is None or output == STDOUT:
        return _Stream(sys.stdout.buffer, encoding)
    return _File(Path(output), encoding)


class _Stream:
    """Bytes into an open stream, each sentence flushed."""

    def __init__(self, stream: BinaryIO, encoding: Encoding) -> None:
        self.stream = stream
        self.encoding = encoding
        self._begun = False

    def send(self, said: Said) -> None:
        """Samples, after a header that does not know how many there will be."""
        from sbv2cli.writers.audio_file import encode
        from sbv2cli.writers.wav import wav_header

        rate = said.timings.rate
        raw = replace(self.encoding, format="f32le" if self.encoding.format == "f32le" else "s16le")
        if self.encoding.format == "wav" and not self._begun:
            self.stream.write(wav_header(self.encoding.rate_for(rate), "pcm16", None))
        self._begun = True
        self.stream.write(encode(said.samples, rate, raw))
        self.stream.flush()

    def send_whole(self, data: bytes, said: Said) -> None:
        """A whole file."""
        del said
        self.stream.write(data)
        self.stream.flush()


class _File:
    """A file that appears when it is whole; a stream grows under its name."""

    def __init__(self, path: Path, encoding: Encoding) -> None:
        self.path = path
        self.encoding = encoding
        self._stream: _Stream | None = None

    def send(self, said: Said) -> None:
        """Samples at the end of the file."""
        from sbv2cli.writers.audio_file import disk_error

        try:
            if self._stream is None:
                self._stream = _Stream(self.path.open("wb"), self.encoding)
            self._stream.send(said)
        except OSError as error:
            raise disk_error(error, self.path) from error

    def send_whole(self, data: bytes, said: Said) -> None:
        """The whole file, put in place at once."""
        from sbv2cli.writers.audio_file import write_whole

        del said
        write_whole(self.path, data)


class _Loudspeaker:
    """The default output device."""

    def __init__(self) -> None:
        try:
            import sounddevice
        except ModuleNotFoundError:
            raise MachineError(
                "extra.missing",
                'playing needs the package "sounddevice", which is not installed',
                hint="pip install 'sbv2cli[play]', or give a file: -o hello.wav",
            ) from None
        except OSError:
            raise MachineError(
                "device.sound",
                "the library PortAudio is not installed",
                hint="install libportaudio2, or give a file: -o hello.wav",
            ) from None
        self._play = sounddevice

    def send(self, said: Said) -> None:
        """Play a sentence to its end."""
        try:
            self._play.play(said.samples, said.timings.rate, blocking=True)
        except self._play.PortAudioError as error:
            raise MachineError(
                "device.sound",
                f"no sound device answers: {error}",
                hint="give a file: -o hello.wav",
            ) from None

    def send_whole(self, data: bytes, said: Said) -> None:
        """Play everything."""
        del data
        self.send(said)


def _send(said: Iterator[Said], sink: _Sink) -> float:
    seconds = 0.0
    for one in said:
        sink.send(one)
        seconds += len(one.samples) / one.timings.rate
    return seconds


def _send_whole(said: list[Said], job: Job, sink: _Sink, timing: Path | None) -> float:
    if not said:
        return 0.0
    from sbv2cli.audio import silence
    from sbv2cli.audio.join import join
    from sbv2cli.writers import audio_file, timings

    rate = said[0].timings.rate
    gap = silence.samples_of(job.pauses["sentence"], rate)
    samples, starts = join([one.samples for one in said], [gap] * (len(said) - 1))
    times = timings.joined(
        [
            timings.moved(one.timings, start, len(samples))
            for one, start in zip(said, starts, strict=True)
        ]
    )
    whole = replace(said[0], samples=samples, timings=times)
    sink.send_whole(audio_file.encode(samples, rate, job.encoding), whole)
    if timing is not None:
        audio_file.write_whole(timing, timings.sidecar(said[0].cue.id, times))
    return len(samples) / rate
