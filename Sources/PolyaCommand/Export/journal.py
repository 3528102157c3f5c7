"""Read the journal of a polya run for an exporter, and report the outcome in one line.

The host puts this source in front of that of an exporter (wandb.py, mlflow.py or trackio.py) and
runs both as `python3 -c SOURCE OUT`, with the journal on the standard input.
"""

import hashlib
import importlib.util
import json
import math
import os
import re
import signal
import sys
from datetime import datetime, timezone

PROJECT = "polya"
WORDS = {"@": "_at_", ".": "_"}
SCORE = ("model", "tasks", "metric", "value", "low", "high", "questions", "samples", "kind")
COMPARISON = ("first", "second", "tasks", "metric",
              "difference", "low", "high", "p", "p_adjusted", "questions")


class Failure(Exception):
    """A failure that the user is told in one sentence, and the exit code that goes with it."""

    def __init__(self, sentence, code=2):
        super().__init__(sentence)
        self.code = code


class Names:
    """Give every thing a name that the tracker accepts, and no two things the same one.

    Letters, digits, spaces and _ - / stay, and so do the characters in `extra`. Of the others, @
    becomes _at_, a dot _, and the rest their code, as in _x28_. A name above the limit ends in a
    hash. Should two things still meet in one name, the export fails.
    """

    def __init__(self, extra="", limit=None):
        self.refused = re.compile(rf"[^\w/ {re.escape(extra)}-]")
        self.limit, self.given, self.owners = limit, {}, {}

    def name(self, thing, *parts):
        if thing not in self.given:
            name = "/".join(map(self.spell, parts))
            if self.limit and len(name) > self.limit:
                digest = hashlib.sha256(name.encode()).hexdigest()[:8]
                name = f"{name[:self.limit - 9]}_{digest}"
            owner = self.owners.setdefault(name, thing)
            if owner != thing:
                raise Failure(f"Both {quoted(owner)} and {quoted(thing)} would become {name} in "
                              "the tracker, so that one of them has to be renamed.")
            self.given[thing] = name
        return self.given[thing]

    def spell(self, part):
        text = self.refused.sub(lambda m: WORDS.get(m[0], f"_x{ord(m[0]):02x}_"), part)
        return "/".join(s if s.strip(".") else "_" * max(len(s), 1) for s in text.split("/"))


def quoted(thing):
    return " ".join(json.dumps(part, ensure_ascii=False) for part in thing)


class Journal:
    """What the journal tells about a run, with all values under the names for the tracker.

    `stages` holds the values as {stage: {step: {name: value}}}, `summary` the scores and the
    comparisons as {name: value}, `tables` the same as rows, and `files` the path of each file.
    """

    def __init__(self, names):
        self.names, self.run, self.created = names, None, None
        self.stages, self.summary, self.files = {}, {}, {}
        self.tables = {"scores": (SCORE, []), "comparisons": (COMPARISON, [])}

    def read(self, data):
        # Only \n ends a line: str.splitlines would also cut at separators inside a string.
        for number, line in enumerate(data.split(b"\n"), 1):
            if not line.strip():
                continue
            try:
                event = json.loads(line.decode(), parse_constant=refuse_constant)
                read = getattr(self, f"read_{field(event, 'event', str)}", None)
                if read:
                    read(event)
            except (ValueError, TypeError, AttributeError, RecursionError) as error:
                raise Failure(f"Line {number} of the journal is broken: {brief(error)}") from error
        if self.run is None:
            raise Failure("The journal does not tell about a run: it has no run line.")
        return self

    def read_run(self, event):
        if self.run is not None:
            raise ValueError("it tells about a second run")
        created = datetime.strptime(field(event, "created", str), "%Y-%m-%d %H:%M UTC")
        self.run = {"name": field(event, "name", str), "manifest": field(event, "manifest", dict),
                    "status": field(event, "status", str),
                    **{key: event.get(key) for key in ("seed", "created", "folder")}}
        self.created = int(created.replace(tzinfo=timezone.utc).timestamp())

    def read_metric(self, event):
        stage, name = field(event, "stage", str), field(event, "name", str)
        step, value = field(event, "step", int), number(event, "value")
        if value is not None:
            row = self.stages.setdefault(stage, {}).setdefault(step, {})
            self.put(row, self.names.name((stage, name), stage, name), value)

    def read_score(self, event):
        path = [field(event, key, str) for key in SCORE[:3]]
        if event.get("kind") is not None:
            path.insert(2, field(event, "kind", str))
        self.tables["scores"][1].append([event.get(key) for key in SCORE])
        self.summarize(event, ("score", *path), ("score", *path), ("value", "low", "high"))

    def read_comparison(self, event):
        first, second, *rest = path = [field(event, key, str) for key in COMPARISON[:4]]
        self.tables["comparisons"][1].append([event.get(key) for key in COMPARISON])
        self.summarize(event, ("comparison", *path), ("comparison", f"{first}_vs_{second}", *rest),
                       ("difference", "low", "high", "p", "p_adjusted"))

    def read_file(self, event):
        name, path = field(event, "name", str), os.path.abspath(field(event, "path", str))
        if "\\" in name or any(part in ("", ".", "..") for part in name.split("/")):
            raise ValueError(f"the file name {name} is not a plain relative one")
        if not (os.path.isfile(path) and os.access(path, os.R_OK)):
            raise ValueError(f"the file {path} cannot be read")
        self.put(self.files, name, path)

    def summarize(self, event, thing, parts, keys):
        for index, key in enumerate(keys):
            value, bound = number(event, key), (key,) if index else ()
            if value is not None:
                self.put(self.summary, self.names.name(thing + bound, *parts, *bound), value)

    def put(self, row, name, value):
        if name in row:
            raise ValueError(f"it repeats {name}")
        row[name] = value

    def values(self):
        rows = [row for stage in self.stages.values() for row in stage.values()]
        return sum(map(len, rows)) + len(self.summary)

    def config(self):
        """Return the manifest with the facts about the run, for a tracker that takes nested ones.

        The trackers keep names with a leading _ for themselves, and wandb strips dashes.
        """
        run = dict(self.run)
        config = {}
        for key, value in [*run.pop("manifest").items(), ("polya_run", run)]:
            key = key.strip("-")
            key = f"manifest{key}" if key[:1] in ("_", "") else key
            if key in config:
                raise Failure(f"The manifest has two entries that become {key} in the tracker.")
            config[key] = value
        return config

    def filled_tables(self):
        return {name: table for name, table in self.tables.items() if table[1]}


def field(event, key, kind):
    value = event.get(key) if isinstance(event, dict) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f"it has no proper {key}")
    return value


def number(event, key):
    """Return a number as a float, or None where the journal has none."""
    if event.get(key) is None:
        return None
    try:
        value = float(field(event, key, (int, float)))
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise ValueError(f"its {key} is not a finite number")
    return value


def refuse_constant(text):
    raise ValueError(f"{text} is not a JSON value")


def brief(error):
    """Return what an error says as the end of a sentence."""
    named = isinstance(error, OSError) and error.strerror
    text = f"{error.strerror}: {error.filename}" if named else str(error) or type(error).__name__
    text = " ".join(text.split())
    return (text if len(text) <= 300 else text[:299] + "…").rstrip(".") + "."


def attempt(package, needed, names, export):
    """Return what `export` says that it did, and the exit code."""
    try:
        if len(sys.argv) != 2 or not sys.argv[1]:
            raise Failure(f"The {package} exporter takes one argument, the folder to write into.")
        data = sys.stdin.buffer.read()  # All of it first: the host shall not meet a closed pipe.
        for module, advice in needed.items():
            if importlib.util.find_spec(module) is None:
                raise Failure(f"The Python package {module} is not installed: {advice}.", 3)
        journal = Journal(names).read(data)
        out = os.path.abspath(sys.argv[1])
        os.makedirs(out, exist_ok=True)
        return export(journal, out), 0
    except Failure as failure:
        return str(failure), failure.code
    except KeyboardInterrupt:
        return f"The export to {package} was interrupted.", 2
    except (Exception, SystemExit) as error:
        return f"The export to {package} failed: {brief(error)}", 2


def main(package, needed, names, export):
    """Run `export(journal, out)` without a sound, then print its one line or that of its failure.

    What the environment says about the package is dropped: it could lead to a server or into an
    earlier run, and an export depends on its argument and the journal alone. So is the current
    folder as a place for modules, where a file may have the package's name.
    """
    for key in [key for key in os.environ if key.startswith(f"{package.upper()}_")]:
        del os.environ[key]
    if sys.path[:1] == [""]:
        del sys.path[0]
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # It is cleaned up after this, too.
    streams = os.dup(1), os.dup(2)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    line, code = attempt(package, needed, names, export)
    stream = streams[1 if code else 0]
    with open(stream, "w", encoding="utf-8", errors="backslashreplace") as output:
        print(line, file=output)
    sys.exit(code)


