"""The user's code: loaded, and its mistakes explained."""
import importlib, importlib.util, json, os, sys, traceback


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
                where = path or "any folder of the interpreter's sys.path; name its folder with the option 'path'"
                raise Refusal(f"there is no module '{error.name}' in {where}") from None
            raise
        return module, path or os.path.abspath(getattr(module, "__file__", None) or "")
    if not os.path.isfile(file):
        raise Refusal(f"there is no file {file}")
    sys.path.insert(0, os.path.dirname(file))
    spec = importlib.util.spec_from_file_location("polya_user_code", file)
    if spec is None:
        raise Refusal(f"{file} is not a Python file; its name must end in .py")
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
    there = f"; the code defines the functions {', '.join(own)}" if own else ""
    raise Refusal(f"there is no {what} '{name}'{there}")


def metadata(text):
    try:
        value = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {"metadata": value}
