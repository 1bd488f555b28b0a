"""The completion scripts of bash, zsh and fish, and how they and sbv2 talk.

A script gives sbv2 the line up to the cursor in `SBV2_LINE` and reads rows of kind, value and help,
with tabs between: `plain`, `open` (more of the word follows, so no blank), `file` or `dir` (the
shell completes paths itself). Click's own scripts lose values with commas, blanks or an = before
them.
"""

from __future__ import annotations

import os
import re
from typing import ClassVar

from click.shell_completion import (
    CompletionItem,
    ShellComplete,
    add_completion_class,
    split_arg_string,
)

VARIABLE = "_SBV2_COMPLETE"
LINE, WORD = "SBV2_LINE", "SBV2_WORD"
OPEN = "open"
PATHS = ("file", "dir")

_BASH = """\
%(complete_func)s() {
    local kind value
    COMPREPLY=()
    while IFS=$'\\t' read -r kind value; do
        case "$kind" in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            open) compopt -o nospace; COMPREPLY+=("$value") ;;
            plain) COMPREPLY+=("$value") ;;
        esac
    done < <(env SBV2_LINE="${COMP_LINE:0:COMP_POINT}" SBV2_WORD="${COMP_WORDS[COMP_CWORD]}" \\
        %(complete_var)s=bash_complete "${1/#\\~/$HOME}" 2>/dev/null)
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""

_ZSH = """\
#compdef %(prog_name)s

%(complete_func)s() {
    local kind value help
    local -a plain described open
    (( $+commands[%(prog_name)s] )) || return 1
    while IFS=$'\\t' read -r kind value help; do
        case "$kind" in
            dir) compset -P '--*='; _path_files -/ ;;
            file) compset -P '--*='; _path_files ;;
            open) open+=("$value") ;;
            plain)
                if [[ -n "$help" ]]; then
                    described+=("${value//:/\\\\:}:$help")
                else
                    plain+=("$value")
                fi ;;
        esac
    done < <(env SBV2_LINE="${(j: :)words[1,CURRENT]}" %(complete_var)s=zsh_complete \\
        %(prog_name)s 2>/dev/null)
    (( $#described )) && _describe -V values described -U
    (( $#plain )) && compadd -U -V plain -a plain
    (( $#open )) && compadd -U -S '' -V open -a open
    return 0
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    %(complete_func)s "$@"
else
    compdef %(complete_func)s %(prog_name)s
fi
"""

_FISH = """\
function %(complete_func)s
    env SBV2_LINE=(commandline -cp | string collect) %(complete_var)s=fish_complete \\
        %(prog_name)s 2>/dev/null | while read -l -d \\t kind value help
        switch $kind
            case dir
                __fish_complete_directories $value
            case file
                __fish_complete_path $value
            case '*'
                printf '%%s\\t%%s\\n' $value "$help"
        end
    end
end

complete --no-files --keep-order --command %(prog_name)s --arguments "(%(complete_func)s)"
"""


class _Complete(ShellComplete):
    """What the three have in common."""

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the cursor, and the one that is being written."""
        line = os.environ.get(LINE, "")
        words = split_arg_string(line)[1:]
        finished = not words or (line[-1:].isspace() and not line.endswith("\\ "))
        return (words, "") if finished else (words[:-1], words[-1])

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[str]]:
        """Whole words; of `--voice=ha` Click completes the value alone."""
        items = super().get_completions(args, incomplete)
        flag, equals, _ = incomplete.partition("=")
        if flag.startswith("--") and equals:
            for item in items:
                item.value = item.value if item.type in PATHS else f"{flag}={item.value}"
        return items

    def format_completion(self, item: CompletionItem[str]) -> str:
        """A row for the script."""
        shown = re.sub(r"\s+", " ", item.help or "")
        return f"{item.type}\t{item.value}\t{shown}"


class Bash(_Complete):
    """Bash wants what follows the last = or : of the word, and quotes nothing."""

    name: ClassVar[str] = "bash"
    source_template: ClassVar[str] = _BASH

    def format_completion(self, item: CompletionItem[str]) -> str:
        """A row for the script."""
        if item.type in PATHS:
            return f"{item.type}\t{item.value}"
        word = os.environ.get(WORD, "")
        if word[:1] in ("'", '"'):  # inside quotes it is one word
            return f"{item.type}\t{item.value}"
        word = "" if word in ("=", ":", "=:", "::") else "".join(split_arg_string(word))
        _, whole = self.get_completion_args()
        cut = len(whole) - len(word) if whole.endswith(word) else 0
        return f"{item.type}\t{_escaped(item.value[cut:])}"


class Zsh(_Complete):
    """Zsh quotes by itself."""

    name: ClassVar[str] = "zsh"
    source_template: ClassVar[str] = _ZSH


class Fish(_Complete):
    """Fish quotes by itself."""

    name: ClassVar[str] = "fish"
    source_template: ClassVar[str] = _FISH


SHELLS = {kind.name: kind for kind in (Bash, Zsh, Fish)}


def register() -> None:
    """Let Click answer these scripts."""
    for kind in SHELLS.values():
        add_completion_class(kind)


def _escaped(value: str) -> str:
    return re.sub(r"([^\w@%+=:,./~-])", r"\\\1", value)
