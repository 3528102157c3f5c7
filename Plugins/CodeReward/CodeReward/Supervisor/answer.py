"""The side of the answer: runs inside a sandbox, after values.py. Nothing here is trusted once the answer is loaded."""

import builtins
import operator
import os
import sys


def program_side(descriptor):
    """A program with standard input and output. It comes in a file, for it may be longer than an argument."""
    with open(descriptor, "rb") as file:
        source = file.read()
    sys.argv = ["answer"]
    exec(compile(source, "answer", "exec"), {"__name__": "__main__", "__builtins__": builtins})


def operations():
    return {
        "call": lambda target, arguments, keywords: target(*arguments, **dict(keywords)),
        "getattr": getattr, "setattr": setattr, "getitem": operator.getitem, "setitem": operator.setitem,
        "len": len, "iter": iter, "next": next, "bool": bool, "str": str, "repr": repr, "hash": hash, "eq": operator.eq,
    }


def load(request, names):
    """What the tests set up is there for the answer too, as far as it does not need the answer."""
    if request["setup"]:
        import ast
        for statement in ast.parse(request["setup"]).body:
            try:
                exec(compile(ast.Module([statement], []), "setup", "exec"), names)
            except Exception:
                pass
    exec(compile(request["code"], "answer", "exec"), names)


def answer_side():
    """Functions that the tests call."""
    inward, outward = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1):
        os.dup2(nothing, descriptor)
    write_message(outward, "ready")
    sys.setrecursionlimit(10000)
    module = type(sys)("answer")
    sys.modules["answer"] = module
    names, known, objects = module.__dict__, operations(), []

    def handle(value):
        objects.append(value)
        return len(objects) - 1

    while True:
        request = read_message(inward)
        try:
            if request["op"] == "load":
                result = load(request, names)
            elif request["op"] == "names":
                result = [name for name in request["names"] if name in names]
            elif request["op"] == "name":
                result = encode(names[request["name"]], handle)
            else:
                arguments = [decode(item, lambda number: objects[number]) for item in request["args"]]
                result = encode(known[request["op"]](*arguments), handle)
            reply = {"ok": result}
        except BaseException as error:  # also SystemExit: the answer must not end the conversation unseen
            try:
                reply = {"error": type(error).__name__, "text": str(error)[:500]}
            except BaseException:
                reply = {"error": "Exception", "text": ""}
        write_message(outward, reply)
