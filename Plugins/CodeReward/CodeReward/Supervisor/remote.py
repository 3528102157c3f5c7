"""The conversation of the tests with one answer, and its objects as the tests see them. Follows values.py."""

import builtins


class AnswerError(Exception):
    """The answer raised something of its own."""


class Remote:
    """Something that lives with the answer.

    It can be called, looked into and handed back. It has no order, no arithmetic, and equals no value: an object that
    computes its own comparisons would pass every test.
    """

    def __init__(self, channel, number):
        object.__setattr__(self, "_channel", channel)
        object.__setattr__(self, "_number", number)

    def __call__(self, *arguments, **keywords):
        return self._channel.perform("call", self, list(arguments), list(keywords.items()))

    def __getattr__(self, name):
        return self._channel.perform("getattr", self, name)

    def __setattr__(self, name, value):
        self._channel.perform("setattr", self, name, value)

    def __getitem__(self, key):
        return self._channel.perform("getitem", self, key)

    def __setitem__(self, key, value):
        self._channel.perform("setitem", self, key, value)

    def __eq__(self, other):
        return isinstance(other, Remote) and self._channel.perform("eq", self, other) is True

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return self._channel.perform("hash", self)

    def __bool__(self):
        return self._channel.perform("bool", self) is True

    def __len__(self):
        return self._channel.perform("len", self)

    def __str__(self):
        return self._channel.perform("str", self)

    def __repr__(self):
        return self._channel.perform("repr", self)

    def __iter__(self):
        iterator = self._channel.perform("iter", self)
        if not isinstance(iterator, Remote):
            raise TypeError("the answer's object does not return an iterator")
        return iterator

    def __next__(self):
        return self._channel.perform("next", self)

    def __await__(self):
        return self._channel.perform("await", self)
        yield

    def __enter__(self):
        return self._channel.perform("getattr", self, "__enter__")()

    def __exit__(self, *error):
        self._channel.perform("getattr", self, "__exit__")(None, None, None)  # an answer must not catch errors of its tests


class Channel:
    """The conversation with one answer."""

    def __init__(self, inward, outward):
        self.inward, self.outward = inward, outward
        self.classes, self.callbacks = {}, []

    def ask(self, **request):
        write_message(self.outward, request)
        reply = self.hear()
        while "callback" in reply:
            write_message(self.outward, self.called(reply))
            reply = self.hear()
        if "error" in reply:
            error = self.error(str(reply["error"]), str(reply.get("text", "")))
            error.is_of_answer = True
            raise error
        return reply

    def hear(self):
        reply = read_message(self.inward)
        if not isinstance(reply, dict):
            raise Gone("the program tampers with its connection to the tests")
        return reply

    def error(self, name, text):
        known = self.classes.get(name) or getattr(builtins, name, None)
        try:
            if known in self.classes.values() and issubclass(known, Exception):
                error = known.__new__(known, text)
                error.args = (text,)
                return error
            return known(text) if issubclass(known, Exception) else AnswerError(f"{name}: {text}")
        except TypeError:  # no class, or one that wants other arguments
            return AnswerError(f"{name}: {text}")

    def called(self, reply):
        """The answer calls a function that it was given."""
        call = self.callbacks[reply["callback"]]
        reader = self.reader()
        reader.read(reply["objects"])
        arguments, keywords = (reader.decode(item) for item in reply["args"])
        try:
            writer = self.writer()
            result = call(*arguments, **dict(keywords))
            try:
                return {"op": "return", "ok": writer.encode(result), "objects": writer.states()}
            except Broken as error:  # the answer's doing: it has chosen what to call it with
                raise TypeError(str(error)) from None
        except Exception as error:
            return {"op": "return", "error": type(error).__name__, "text": str(error)[:500]}

    def name_of(self, kind):
        return kind.__name__ if self.classes.get(kind.__name__) is kind else None

    def class_of(self, name):
        return self.classes[name]

    def writer(self):
        return Writer(self.name_of, self.number)

    def reader(self, objects=()):
        return Reader(self.class_of, self.resolve, objects)

    def number(self, value):
        """What has no value: what is the answer's anyway, and what it can call."""
        if isinstance(value, Remote):
            return ["h", value._number]
        if callable(value):
            self.callbacks.append(value)
            return ["b", len(self.callbacks) - 1]
        if hasattr(type(value), "__next__"):
            self.callbacks.append(value.__next__)
            return ["j", len(self.callbacks) - 1]
        raise Broken(f"the tests cannot pass a {type(value).__name__} to the program")

    def resolve(self, mark, number):
        if mark == "b":
            return self.callbacks[number]
        if mark != "h":
            raise Gone("the program tampers with its connection to the tests")
        return Remote(self, number)

    def perform(self, op, *arguments):
        writer = self.writer()
        encoded = [writer.encode(item) for item in arguments]
        states = writer.states()
        try:
            reply = self.ask(op=op, args=encoded, objects=states)
        except StopIteration as error:
            if op == "next":
                raise
            raise RuntimeError(f"the program raises StopIteration {error}") from None  # it would end loops of the tests
        return self.take(reply, writer.objects[:len(states)], arguments)

    def take(self, reply, objects, arguments=()):
        reader = self.reader(objects)
        try:
            return self.taken(reader, reply, arguments)
        except ImportError:  # a kind of value that the tests cannot have
            raise Gone("the program returns a value that the tests cannot read") from None

    @staticmethod
    def taken(reader, reply, arguments):
        reader.read(reply.get("objects", []))
        for place, value in reply.get("changed", []):
            given = list(arguments[1]) + [item for _, item in arguments[2]]
            change(given[place], reader.decode(value))
        return reader.decode(reply.get("ok"))

    def has(self, names):
        told = self.ask(op="names", names=names).get("ok")
        # What else the answer would like to bring is not taken.
        return [name for name in names if isinstance(told, list) and name in told]

    def name(self, name):
        return self.take(self.ask(op="name", name=name), [])
