"""The inside of a Python worker: loads the user's code, answers the plugin on descriptor 3 until it is closed.

A message is a 32-bit length and one value: a tag byte and, little-endian, its content.
"""
import asyncio, importlib, importlib.util, inspect, json, math, os, select, socket, struct, sys, threading, traceback


def pack(value, out):
    if value is None:
        out.append(b"n")
    elif value is True or value is False:
        out.append(b"t" if value else b"f")
    elif isinstance(value, int) and -(2**63) <= value < 2**63:
        out.append(b"i" + struct.pack("<q", value))
    elif isinstance(value, (int, float)):
        out.append(b"d" + struct.pack("<d", float(value)))
    elif isinstance(value, dict):
        out.append(b"m" + struct.pack("<I", len(value)))
        for key, item in value.items():
            pack(str(key), out)
            pack(item, out)
    elif isinstance(value, (list, tuple)):
        out.append(b"l" + struct.pack("<I", len(value)))
        for item in value:
            pack(item, out)
    else:
        # A lone surrogate cannot be written as UTF-8.
        data = str(value).encode("utf-8", "replace")
        out.append(b"s" + struct.pack("<I", len(data)) + data)


def unpack(data, at=0):
    tag = data[at : at + 1]
    if tag in (b"n", b"t", b"f"):
        return {b"n": None, b"t": True, b"f": False}[tag], at + 1
    if tag == b"i":
        return struct.unpack_from("<q", data, at + 1)[0], at + 9
    if tag == b"d":
        return struct.unpack_from("<d", data, at + 1)[0], at + 9
    (count,) = struct.unpack_from("<I", data, at + 1)
    at += 5
    if tag == b"s":
        return str(data[at : at + count], "utf-8"), at + count
    if tag == b"l":
        items = []
        for _ in range(count):
            item, at = unpack(data, at)
            items.append(item)
        return items, at
    pairs = {}
    for _ in range(count):
        key, at = unpack(data, at)
        pairs[key], at = unpack(data, at)
    return pairs, at


def receive(control):
    def exactly(count):
        data = bytearray()
        while len(data) < count:
            part = control.recv(min(count - len(data), 1 << 20))
            if not part:
                os._exit(0)
            data += part
        return bytes(data)

    (size,) = struct.unpack("<I", exactly(4))
    return unpack(exactly(size))[0]


def send(control, value):
    out = []
    pack(value, out)
    data = b"".join(out)
    control.sendall(struct.pack("<I", len(data)) + data)


class Refusal(Exception):
    """Says what is wrong with the user's code before it is called."""


def is_users(filename, home):
    return bool(home) and os.path.abspath(filename).startswith(home)


def short(text, limit=2000):
    return text if len(text) <= limit else text[:limit] + "..."


def explain(error, home):
    """The exception, and the line of the user's file that led to it."""
    if isinstance(error, Refusal):
        return str(error)
    lines = "".join(traceback.format_exception_only(type(error), error)).strip().splitlines()
    text = short(" | ".join(line.strip() for line in lines if line.strip(" ^~")))
    frames = [frame for frame in traceback.extract_tb(error.__traceback__)
              if frame.filename != "<string>" and not frame.filename.startswith("<frozen")]
    if not frames:
        return text
    def place(frame):
        line = f": {frame.line}" if frame.line else ""
        return f"{os.path.basename(frame.filename)}, line {frame.lineno}, in {frame.name}{short(line, 200)}"
    own = [frame for frame in frames if is_users(frame.filename, home)] or frames
    inner = "" if own[-1] is frames[-1] else f"; raised in {place(frames[-1])}"
    return f"{text}; {place(own[-1])}{inner}"


def load(settings):
    """The user's module, and the folder or file in which their code lives."""
    path, name, file = settings.get("path"), settings.get("module"), settings.get("file")
    if path:
        sys.path.insert(0, path)
    if name:
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name and (name == error.name or name.startswith(error.name + ".")):
                where = path or "any folder of the interpreter's sys.path; 'path' names another one"
                raise Refusal(f"there is no module '{error.name}' in {where}") from None
            raise
        return module, path or os.path.abspath(getattr(module, "__file__", None) or "")
    if not os.path.isfile(file):
        raise Refusal(f"there is no file {file}")
    sys.path.insert(0, os.path.dirname(file))
    spec = importlib.util.spec_from_file_location("polya_user_code", file)
    if spec is None:
        raise Refusal(f"{file} is no Python file: its name must end in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module, path or os.path.abspath(file)


def member(module, name, what):
    """A member of the user's module; what there is instead when it is missing."""
    value = getattr(module, name, None)
    if value is not None:
        return value
    own = [key for key, item in vars(module).items()
           if not key.startswith("_") and callable(item) and getattr(item, "__module__", None) == module.__name__]
    there = f"; there are the functions {', '.join(own)}" if own else ""
    raise Refusal(f"there is no {what} '{name}'{there}")


def meta(text):
    try:
        value = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {"meta": value}


class Events:
    """Runs what is awaitable; one loop for the life of the interpreter, so that sessions can outlive a call."""

    def __init__(self):
        self.loop = None

    def run(self, value):
        if not inspect.isawaitable(value):
            return value
        if self.loop is None:
            self.loop = asyncio.new_event_loop()
            asyncio.set_event_loop(self.loop)

        async def wait():
            return await value

        return self.loop.run_until_complete(wait())

    def all(self, values):
        """The results of a list side by side; an exception stands for its result."""
        if not any(inspect.isawaitable(value) for value in values):
            return values

        async def one(value):
            return await value if inspect.isawaitable(value) else value

        async def gather():
            return await asyncio.gather(*(one(value) for value in values), return_exceptions=True)

        return self.run(gather())


EVENTS = Events()
WARNED = set()


def warn(text):
    if text not in WARNED:
        WARNED.add(text)
        print(f"polya warning: {text}", file=sys.stderr, flush=True)


def listed(values):
    if values is None:
        raise Refusal("the function gives None instead of a list of scores: is there a return?")
    if isinstance(values, (str, bytes, dict)) or not hasattr(values, "__iter__"):
        raise Refusal(f"the function gives a {type(values).__name__} instead of a list of scores")
    return list(values)


class Reward:
    ALWAYS = ("prompts", "completions", "reference", "answer", "solution", "reference_kind", "ids")

    def __init__(self, module, settings, home):
        self.home = home
        self.one_by_one = settings["style"] == "score-answer"
        self.conversational = settings["conversational"]
        self.components = settings["components"]
        self.whole_groups = settings["whole_groups"]
        self.reference_name = settings.get("reference_name")
        self.name = settings.get("function") or ("score_answer" if self.one_by_one else "reward")
        self.function = member(module, self.name, "function")
        if not callable(self.function):
            raise Refusal(f"'{self.name}' is a {type(self.function).__name__}, not a function")
        # Columns that the function cannot do without.
        self.wanted = [] if self.one_by_one else self.required()

    def required(self):
        try:
            parameters = inspect.signature(self.function).parameters.values()
        except (TypeError, ValueError):
            return []
        named = [one for one in parameters if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)]
        if not any(one.kind == one.VAR_KEYWORD for one in parameters):
            names = [one.name for one in named]
            always = self.ALWAYS + (("group_ids",) if self.whole_groups else ())
            missing = [name for name in always if name not in names]
            if missing:
                raise Refusal(
                    f"{self.name}({', '.join(names)}) takes no **kwargs, but is called with every column, as TRL "
                    f"does; it has no parameter for {', '.join(missing)}: add **kwargs")
        return [one.name for one in named if one.default is one.empty]

    def describe(self):
        return {"whole_groups": bool(getattr(self.function, "whole_groups", False))}

    def answer(self, request):
        """One entry per row; `units` are the numbers of rows that must be in one call."""
        rows, units = request["rows"], request["units"]
        values, problem = self.attempt(rows)
        if problem is None and len(values) != len(rows):
            problem = f"the function gives {len(values)} scores for {len(rows)} completions"
        if problem is None:
            return [self.verdict(value) for value in values]
        if len(units) == 1:
            return [{"error": problem} for _ in rows]
        return self.apart(rows, units, values, problem)

    def apart(self, rows, units, together, problem):
        """One bad row must not cost the others their verdict: each unit by itself."""
        outcomes, found, at = [], 0, 0
        for count in units:
            part = rows[at : at + count]
            at += count
            values, why = self.attempt(part)
            found += len(values or [])
            if why is None and len(values) != count:
                why = f"{problem}; {len(values)} for {'this one' if count == 1 else 'these'} alone"
            outcomes += [{"error": why} for _ in part] if why else [self.verdict(value) for value in values]
        if together is not None and found != len(together):
            # The number of its results follows from something else than the rows: none of them can be matched.
            return [{"error": problem} for _ in rows]
        return outcomes

    def attempt(self, rows):
        """The values of one call, or None and why there are none."""
        absent = []
        try:
            if self.one_by_one:
                return EVENTS.all([self.single(row) for row in rows]), None
            columns = self.columns(rows)
            absent = [name for name in self.wanted if name not in columns]
            columns.update({name: [None] * len(rows) for name in absent})
            for name in absent:
                warn(f"{self.name} asks for the column '{name}', which the data do not have everywhere")
            return EVENTS.all(listed(EVENTS.run(self.function(**columns)))), None
        except MemoryError:
            raise
        except Exception as error:
            why = explain(error, self.home)
            if absent:
                why += f"; no row of the call has a column {' or '.join(map(repr, absent))}"
            return None, why

    def single(self, row):
        entry = {"question": row["question"], "answer": row["reference"], "metadata": meta(row["meta"])}
        try:
            return self.function(row["completion"], entry)
        except MemoryError:
            raise
        except Exception as error:
            return error

    def columns(self, rows):
        metas = [meta(row["meta"]) for row in rows]
        columns = {key: [one.get(key) for one in metas] for key in sorted({key for one in metas for key in one})}
        references = [row["reference"] for row in rows]
        also = {
            "answer": references, "solution": references, "reference_kind": [row["kind"] for row in rows],
            "ids": [row["id"] for row in rows]}
        if self.whole_groups:
            also["group_ids"] = [row["group"] for row in rows]
        # A column of the data comes before another name for something else.
        for name, values in also.items():
            columns[name] = [one.get(name, value) for one, value in zip(metas, values)]
        columns["reference"] = references
        if self.reference_name:
            columns[self.reference_name] = references
        prompts = [row["question"] for row in rows]
        completions = [row["completion"] for row in rows]
        if self.conversational:
            prompts = [[{"role": "user", "content": text}] for text in prompts]
            completions = [[{"role": "assistant", "content": text}] for text in completions]
        columns.update(prompts=prompts, completions=completions)
        return columns

    def verdict(self, value):
        try:
            if isinstance(value, MemoryError):
                raise value
            if isinstance(value, Exception):
                return {"error": explain(value, self.home)}
            if not isinstance(value, dict):
                return {"score": self.number(value, "score"), "notes": []}
            extracted, notes = value.get("extracted"), value.get("notes") or []
            return {
                "score": self.number(value.get("score"), "score"), "components": self.parts(value.get("components")),
                "extracted": None if extracted is None else str(extracted),
                "notes": [notes] if isinstance(notes, str) else [str(note) for note in notes]}
        except MemoryError:
            raise
        except Exception as error:
            return {"error": explain(error, self.home)}

    def number(self, value, what):
        """A finite number, or None; what `float` makes of a text is no score."""
        if value is None:
            return None
        if isinstance(value, (str, bytes)):
            raise Refusal(f"the {what} is {short(repr(value), 80)}, which is a {type(value).__name__}, not a number")
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError, RuntimeError) as error:
            raise Refusal(f"the {what} is a {type(value).__name__} that is no number: {short(str(error), 200)}") from None
        if not math.isfinite(number):
            raise Refusal(f"the {what} is {number}")
        return number

    def parts(self, values):
        if not values:
            return []
        for name in values:
            if name not in self.components:
                warn(f"the component '{name}' is left out: the option 'components' does not name it")
        numbers = [self.number(values.get(name), f"component '{name}'") for name in self.components]
        return [math.nan if number is None else number for number in numbers]


class Strategy:
    def __init__(self, module, settings, home):
        self.home = home
        self.heuristics = list(member(module, "heuristics", "list"))
        self.next = member(module, "next", "function")

    def describe(self):
        return {"heuristics": self.heuristics}

    def answer(self, request):
        request["meta"] = meta(request["meta"])
        try:
            return {"move": EVENTS.run(self.next(request))}
        except MemoryError:
            raise
        except Exception as error:
            return {"error": explain(error, self.home)}


class Tasks:
    def __init__(self, module, settings, home):
        self.home = home
        self.task = member(module, "task", "function")
        self.demonstrate = getattr(module, "demonstrate", None)
        self.splits = list(member(module, "splits", "list"))
        self.heuristics = list(getattr(module, "heuristics", []))

    def describe(self):
        return {"splits": self.splits, "heuristics": self.heuristics}

    def answer(self, request):
        place = (request["split"], request["index"], request["seed"])
        try:
            if "heuristic" in request:
                if self.demonstrate is None:
                    raise Refusal("there is no function 'demonstrate'")
                return {"solution": EVENTS.run(self.demonstrate(request["heuristic"], *place))}
            task = dict(EVENTS.run(self.task(*place)))
            task["meta"] = json.dumps(task["meta"], allow_nan=False) if task.get("meta") else ""
            return {"task": task}
        except (IndexError, KeyError, StopIteration) as error:
            return {"missing": explain(error, self.home)}
        except MemoryError:
            raise
        except Exception as error:
            return {"error": explain(error, self.home)}


def watch(control):
    """Ends the process when the plugin is gone while the user's code is busy."""
    poll = select.poll()
    poll.register(control, select.POLLHUP | select.POLLRDHUP)
    while not poll.poll(1000):
        pass
    os._exit(0)


def refusal(error, settings):
    """Why the code cannot be used, and the package to install when that is why."""
    home = settings.get("path") or settings.get("file") or ""
    package = error.name if isinstance(error, ModuleNotFoundError) else None
    return {"error": explain(error, home), "refused": isinstance(error, Refusal), "missing_module": package}


def main():
    control = socket.socket(fileno=3)
    threading.Thread(target=watch, args=(control,), daemon=True).start()
    settings = receive(control)
    try:
        module, home = load(settings)
        code = {"reward": Reward, "strategy": Strategy, "tasks": Tasks}[settings["kind"]](module, settings, home)
        send(control, {"ready": code.describe()})
    except BaseException as error:
        send(control, refusal(error, settings))
        return
    while True:
        request = receive(control)
        try:
            answer = code.answer(request)
        except MemoryError as error:
            # What filled the memory may still be there: another interpreter goes on.
            send(control, {"dies": explain(error, code.home) or "MemoryError"})
            os._exit(1)
        send(control, answer)


main()
