"""The inside of a Python worker: loads the user's code, answers the plugin on descriptor 3 until it is closed.

A message is a 32-bit length and one value: a tag byte and, little-endian, its content.
"""
import importlib, importlib.util, json, math, os, select, socket, struct, sys, threading, traceback


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


def last_lines(error):
    lines = traceback.format_exception(type(error), error, error.__traceback__)
    text = "".join(line for line in lines if 'File "<string>"' not in line).strip().splitlines()
    return " | ".join(line.strip() for line in text[-6:] if line.strip(" ^~"))


def load(settings):
    if settings.get("path"):
        sys.path.insert(0, settings["path"])
    if settings.get("module"):
        return importlib.import_module(settings["module"])
    file = settings["file"]
    sys.path.insert(0, os.path.dirname(file))
    spec = importlib.util.spec_from_file_location("polya_user_code", file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def meta(text):
    try:
        value = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {"meta": value}


class Reward:
    def __init__(self, module, settings):
        self.one_by_one = settings["style"] == "score-answer"
        self.conversational = settings["conversational"]
        name = settings.get("function") or ("score_answer" if self.one_by_one else "reward")
        self.function = getattr(module, name, None)
        if not callable(self.function):
            raise AttributeError(f"there is no function '{name}'")

    def describe(self):
        return {}

    def answer(self, request):
        rows = request["rows"]
        try:
            return [self.verdict(value) for value in self.call(rows)]
        except Exception as error:
            if len(rows) == 1:
                return [{"error": last_lines(error)}]
        # One bad row must not cost the others their verdict.
        return [self.answer({"rows": [row]})[0] for row in rows]

    def call(self, rows):
        if self.one_by_one:
            return [
                self.function(row["completion"], {
                    "question": row["question"], "answer": row["reference"], "metadata": meta(row["meta"])})
                for row in rows
            ]
        metas = [meta(row["meta"]) for row in rows]
        columns = {key: [one.get(key) for one in metas] for key in sorted({key for one in metas for key in one})}
        references = [row["reference"] for row in rows]
        columns.update(
            reference=references, answer=references, solution=references,
            reference_kind=[row["kind"] for row in rows], ids=[row["id"] for row in rows])
        prompts = [row["question"] for row in rows]
        completions = [row["completion"] for row in rows]
        if self.conversational:
            prompts = [[{"role": "user", "content": text}] for text in prompts]
            completions = [[{"role": "assistant", "content": text}] for text in completions]
        columns.update(prompts=prompts, completions=completions)
        values = list(self.function(**columns))
        if len(values) != len(rows):
            raise ValueError(f"the function gives {len(values)} scores for {len(rows)} completions")
        return values

    def verdict(self, value):
        if not isinstance(value, dict):
            value = {"score": value}
        score = value.get("score")
        if score is not None:
            score = float(score)
            if not math.isfinite(score):
                return {"error": f"the score is {score}"}
        extracted = value.get("extracted")
        notes = value.get("notes") or []
        return {
            "score": score, "extracted": None if extracted is None else str(extracted),
            "notes": [notes] if isinstance(notes, str) else [str(note) for note in notes]}


class Strategy:
    def __init__(self, module, settings):
        self.heuristics = list(module.heuristics)
        self.next = module.next

    def describe(self):
        return {"heuristics": self.heuristics}

    def answer(self, request):
        request["meta"] = meta(request["meta"])
        try:
            return {"move": self.next(request)}
        except Exception as error:
            return {"error": last_lines(error)}


class Tasks:
    def __init__(self, module, settings):
        self.module = module
        self.splits = list(module.splits)
        self.heuristics = list(getattr(module, "heuristics", []))

    def describe(self):
        return {"splits": self.splits, "heuristics": self.heuristics}

    def answer(self, request):
        place = (request["split"], request["index"], request["seed"])
        try:
            if "heuristic" in request:
                return {"solution": self.module.demonstrate(request["heuristic"], *place)}
            task = dict(self.module.task(*place))
            task["meta"] = json.dumps(task["meta"], allow_nan=False) if task.get("meta") else ""
            return {"task": task}
        except (IndexError, KeyError, StopIteration) as error:
            return {"missing": last_lines(error)}
        except Exception as error:
            return {"error": last_lines(error)}


def watch(control):
    """Ends the process when the plugin is gone while the user's code is busy."""
    poll = select.poll()
    poll.register(control, select.POLLHUP | select.POLLRDHUP)
    while not poll.poll(1000):
        pass
    os._exit(0)


def main():
    control = socket.socket(fileno=3)
    threading.Thread(target=watch, args=(control,), daemon=True).start()
    settings = receive(control)
    try:
        code = {"reward": Reward, "strategy": Strategy, "tasks": Tasks}[settings["kind"]](load(settings), settings)
        send(control, {"ready": code.describe()})
    except BaseException as error:
        send(control, {"error": last_lines(error), "missing_module": getattr(error, "name", None)
                       if isinstance(error, ModuleNotFoundError) else None})
        return
    while True:
        send(control, code.answer(receive(control)))


main()
