"""Check the exporters: python check.py [wandb] [mlflow] [trackio], in an environment that has them.

Every exporter is run as the host runs it, on a small journal with known values, in a folder with a
module of the package's name in it and with an empty home. What it wrote is read back by another
way than it was written, and compared as a whole: names, steps, values, configuration, tables and
files. A second export, broken journals and a missing package are checked as well.
"""

import hashlib
import json
import os
import pathlib
import sqlite3
import struct
import subprocess
import sys
import tempfile
import zlib
from urllib.parse import unquote

SOURCES = pathlib.Path(__file__).resolve().parents[2] / "Sources/PolyaCommand/Export"

LONG = "é" * 10_000
MANIFEST = {"lr": 0.001, "model": {"name": "Qwen2.5", "layers": [1, {"a": None}]}, "prompt": LONG,
            "größe": 1, "_hidden": True, "empty": {}, "none": None, "seed": 2**64 - 1, "text": ""}
FACTS = {"name": "quick ü", "status": "finished", "seed": 7, "created": "2026-12-01 11:00 UTC",
         "folder": "/abs/runs/quick"}
METRICS = [("warm.up", 0, "reward/mean", 0.5), ("warm.up", 10, "reward/mean", -1e-9),
           ("polya", 0, "reward/mean", 0.25), ("polya", 0, "奖励 (é)", 3), ("polya", 1, "pass@1", 1),
           ("polya", 1, "reward/mean", None), ("polya", 2, "reward/mean", 1 / 3),
           ("polya", 3, "lost", None), ("polya", 3, "n" * 300, 4)]
TRAINING = {("warm.up/reward/mean", 0): 0.5, ("warm.up/reward/mean", 10): -1e-9,
            ("polya/reward/mean", 0): 0.25, ("polya/奖励 _x28_é_x29_", 0): 3.0,
            ("polya/pass_at_1", 1): 1.0, ("polya/reward/mean", 2): 1 / 3,
            ("polya/" + "n" * 300, 3): 4.0}
SCORES = [["polya", "test", "pass@1", 0.5, 0.4, 0.6, 64, 8, None],
          ["polya", "test", "pass@1", 0.75, None, None, 3, 8, "algebra"],
          ["Qwen/Qwen2.5-0.5B", "test", "pass@1", 0.125, None, None, 64, 1, None],
          ["polya", "hard", "pass@1", None, None, None, 0, 8, None]]
COMPARISONS = [["polya", "base", "test", "pass@1", 0.1, 0.02, 0.2, 0.01, 0.02, 64]]
SCORE = ["model", "tasks", "metric", "value", "low", "high", "questions", "samples", "kind"]
COMPARISON = ["first", "second", "tasks", "metric", "difference", "low", "high", "p", "p_adjusted",
              "questions"]
TABLES = {"scores": (SCORE, SCORES), "comparisons": (COMPARISON, COMPARISONS)}
VERSUS = "comparison/polya_vs_base/test/pass_at_1"
SUMMARY = {"score/polya/test/pass_at_1": 0.5, "score/polya/test/pass_at_1/low": 0.4,
           "score/polya/test/pass_at_1/high": 0.6,
           "score/polya/test/algebra/pass_at_1": 0.75, "score/Qwen/Qwen2.5-0.5B/test/pass_at_1": 0.125,
           VERSUS: 0.1, f"{VERSUS}/low": 0.02, f"{VERSUS}/high": 0.2, f"{VERSUS}/p": 0.01,
           f"{VERSUS}/p_adjusted": 0.02}
CONFIG = {**{key: value for key, value in MANIFEST.items() if key != "_hidden"},
          "manifest_hidden": True, "polya_run": FACTS}
PARAMETERS = {"lr": "0.001", "model.name": "Qwen2.5", "model.layers": '[1, {"a": null}]',
              "prompt": "(10,000 characters, see the artifact manifest.json)", "größe": "1",
              "_hidden": "true", "empty": "{}", "none": "null", "seed": str(2**64 - 1), "text": ""}
FILES = {"report.html": "<p>é</p>".encode(), "plots/ü [1].svg": b"\0\1"}
VALUES = len(TRAINING) + len(SUMMARY)


def journal(folder):
    """Return the lines of the journal, and write the files that it names."""
    lines = [{"event": "run", **FACTS, "manifest": MANIFEST},
             *({"event": "metric", "stage": s, "step": n, "name": m, "value": v}
               for s, n, m, v in METRICS),
             {"event": "from the future", "stage": 1, "separator": "\u2028"},
             *({"event": "score", **dict(zip(SCORE, row))} for row in SCORES),
             *({"event": "comparison", **dict(zip(COMPARISON, row))} for row in COMPARISONS)]
    for name, content in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        lines.append({"event": "file", "name": name, "path": str(path)})
    return [json.dumps(line, ensure_ascii=False).encode() for line in lines]


def export(name, lines, *arguments, flags=(), patch=""):
    """Run an exporter as the host does, and return its exit code, its output and its errors."""
    source = (SOURCES / "journal.py").read_text() + (SOURCES / f"{name}.py").read_text()
    source = source.replace("\nif __name__", f"\n{patch}\nif __name__")
    with tempfile.TemporaryDirectory() as room:
        home, work = pathlib.Path(room, "home"), pathlib.Path(room, "work")
        home.mkdir()
        work.mkdir()
        (work / f"{name}.py").write_text("raise SystemExit('the wrong module')")
        kept = {key: value for key, value in os.environ.items() if not key.startswith("XDG_")}
        lead = {f"{name.upper()}_{key}": "http://127.0.0.1:9" for key in ("TRACKING_URI", "MODE",
                "RUN_ID", "SPACE_ID", "SERVER_URL", "BASE_URL", "DIR")}
        done = subprocess.run(
            [sys.executable, *flags, "-c", source, *map(str, arguments)], input=b"\n".join(lines),
            capture_output=True, cwd=work, env={**kept, **lead, "HOME": str(home)})
        assert sorted(os.listdir(work)) == [f"{name}.py"], os.listdir(work)
        left = [p for p in home.rglob("*") if p.is_file() and p.suffix != ".pyc"]
        assert not left, left
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def wandb_runs(out):
    """Read every offline run in OUT from its log, which has the block format of LevelDB."""
    from wandb.proto import wandb_internal_pb2

    runs = {}
    for path in sorted(out.glob("wandb/offline-run-*/run-*.wandb")):
        data, position, part, records = path.read_bytes(), 7, b"", []
        assert data[:4] == b":W&B", data[:7]
        while position < len(data):
            if 32768 - position % 32768 < 7:
                position += 32768 - position % 32768
                continue
            check, length, kind = struct.unpack_from("<IHB", data, position)
            body = data[position + 7:position + 7 + length]
            assert zlib.crc32(bytes([kind]) + body) == check, (path, position)
            position, part = position + 7 + length, part + body
            if kind in (1, 4):
                records.append(wandb_internal_pb2.Record.FromString(part))
                part = b""
        runs[path.parent] = records
    return runs


def items(entries):
    return {tuple(e.nested_key) or (e.key,): json.loads(e.value_json) for e in entries}


def check_wandb_run(folder, records):
    of = {kind: [getattr(r, kind) for r in records if r.WhichOneof("record_type") == kind]
          for kind in ("run", "metric", "history", "summary", "files", "exit")}
    run, = of["run"]
    assert (run.project, run.display_name) == ("polya", FACTS["name"]), run
    config = {key[0]: value for key, value in items(run.config.update).items()}
    config.pop("_wandb")
    assert config == CONFIG, config
    axes = {m.name: m.step_metric for m in of["metric"] if m.step_metric}
    training, tables = {}, {}
    for row in map(items, (history.item for history in of["history"])):
        row = {key: value for key, value in row.items() if not key[0].startswith("_")}
        for key, value in row.items():
            if key[0] in TABLES:
                tables.setdefault(key[0], {})[key[1]] = value
            elif key[0] not in axes.values():
                training[key[0], row[axes[key[0]],]] = value
    assert training == {(n.replace(".", "_"), s): v for (n, s), v in TRAINING.items()}, training
    assert axes == {name: name.split("/")[0] + "/step" for name, _ in training}, axes
    summary = {}
    for update in of["summary"]:
        summary.update(items(update.update))
    wanted = {(name.replace(".", "_"),): value for name, value in SUMMARY.items()}
    got = {k: v for k, v in summary.items() if k[0].startswith(("score/", "comparison/"))}
    assert got == wanted, got
    assert summary["polya/reward/mean",] == 1 / 3, summary
    for name, (columns, rows) in TABLES.items():
        table = json.loads((folder / "files" / tables[name]["path"]).read_text())
        assert table["columns"] == columns and table["data"] == rows, table
    saved = {f.path for record in of["files"] for f in record.files}
    assert saved == {f"polya/{n}" for n in FILES} | {t["path"] for t in tables.values()}, saved
    for name, content in FILES.items():
        copy = folder / "files/polya" / name
        assert copy.read_bytes() == content and copy.stat().st_nlink == 1, name
        assert not copy.is_symlink(), name
    assert [e.exit_code for e in of["exit"]] == [0]


def check_wandb(out, lines):
    went(*export("wandb", lines, out), "wandb", "wandb sync", out / "wandb/offline-run-")
    (first, records), = wandb_runs(out).items()
    check_wandb_run(first, records)
    before = {path: path.read_bytes() for path in first.rglob("*") if path.is_file()}
    went(*export("wandb", lines, out), "wandb", "wandb sync", out / "wandb/offline-run-")
    assert before == {path: path.read_bytes() for path in first.rglob("*") if path.is_file()}
    runs = wandb_runs(out)
    assert len(runs) == len({records[1].run.run_id for records in runs.values()}) == 2, runs
    for folder, records in runs.items():
        check_wandb_run(folder, records)
    text = json.dumps([str(records) for records in runs.values()])
    assert "/.local/share" not in text, "a table is kept outside of OUT"


def shortened(name):
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return name if len(name) <= 250 else f"{name[:241]}_{digest}"


def check_mlflow_run(client, identifier):
    run = client.get_run(identifier)
    assert run.info.run_name == FACTS["name"] and run.info.status == "FINISHED", run.info
    assert run.info.start_time == 1796122800000, run.info.start_time
    assert run.data.params == PARAMETERS, run.data.params
    history = {(key, m.step): m.value for key in run.data.metrics
               for m in client.get_metric_history(identifier, key)}
    count = sum(len(client.get_metric_history(identifier, key)) for key in run.data.metrics)
    training = {(shortened(n), s): v for (n, s), v in TRAINING.items()}
    assert history == training | {(n, 0): v for n, v in SUMMARY.items()}, history
    assert count == len(history) == VALUES, count
    assert run.data.metrics == {**{n: v for (n, _), v in training.items()}, **SUMMARY}
    facts = {key: str(value) for key, value in FACTS.items() if key != "name"}
    assert {k: v for k, v in run.data.tags.items() if k.startswith("polya.")} == {
        f"polya.{key}": value for key, value in facts.items()}, run.data.tags
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(client.download_artifacts(identifier, "", folder))
        found = {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}
    assert json.loads(found.pop("manifest.json")) == MANIFEST
    for name, (columns, rows) in TABLES.items():
        assert json.loads(found.pop(f"{name}.json")) == {"columns": columns, "data": rows}
    assert found == {f"files/{name}": content for name, content in FILES.items()}, found


def check_mlflow(out, lines):
    os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
    from mlflow.tracking import MlflowClient

    said = went(*export("mlflow", lines, out), "mlflow", "mlflow ui", out / "mlflow.db")
    assert "1 long parameter is in its artifact manifest.json" in said, said
    client = MlflowClient(f"sqlite:///{out}/mlflow.db", f"sqlite:///{out}/mlflow.db")
    experiment = client.get_experiment_by_name("polya")
    assert experiment.artifact_location == (out / "mlartifacts").as_uri(), experiment
    places = [unquote(e.artifact_location) for e in client.search_experiments()]
    assert all(str(out) in place for place in places), places
    (first,) = client.search_runs([experiment.experiment_id])
    check_mlflow_run(client, first.info.run_id)
    went(*export("mlflow", lines, out), "mlflow", "mlflow ui", out / "mlflow.db")
    runs = {r.info.run_id for r in client.search_runs([experiment.experiment_id])}
    assert len(runs) == 2 and first.info.run_id in runs, runs
    for identifier in runs:
        check_mlflow_run(client, identifier)
    try:
        import pandas  # noqa: F401, the tables are MLflow's own where pandas can load them.
    except ImportError:
        return
    import mlflow

    mlflow.set_tracking_uri(f"sqlite:///{out}/mlflow.db")
    table = client.load_table(experiment.experiment_id, "scores.json", [first.info.run_id])
    assert list(table["samples"]) == [row[7] for row in SCORES], table


def check_trackio_run(db, out, identifier):
    configs = db.execute("SELECT run_name, config FROM configs WHERE run_id = ?", [identifier])
    (name, config), = configs.fetchall()
    config = {k: v for k, v in json.loads(config).items() if k[0] != "_"}
    assert name == FACTS["name"] and config == CONFIG, config
    values, tables = {}, {}
    for step, row in db.execute("SELECT step, metrics FROM metrics WHERE run_id = ?", [identifier]):
        for key, value in json.loads(row).items():
            if key in TABLES:
                tables[key] = value
            else:
                assert (key, step) not in values, key
                values[key, step] = value
    assert values == TRAINING | {(n, 0): v for n, v in SUMMARY.items()}, values
    assert tables == {name: {"_type": "trackio.table",
                             "_value": [dict(zip(columns, row)) for row in rows]}
                      for name, (columns, rows) in TABLES.items()}, tables
    (manifest,), = db.execute(
        "SELECT v.manifest FROM artifact_versions v JOIN run_artifact_links l"
        " ON l.artifact_version_id = v.id WHERE l.run_id = ?", [identifier]).fetchall()
    blobs = {path.name: path.read_bytes() for path in (out / "artifacts").rglob("*")
             if path.is_file()}
    assert {e["path"]: blobs[e["digest"]] for e in json.loads(manifest)} == FILES, manifest


def check_trackio(out, lines):
    went(*export("trackio", lines, out), "trackio", "trackio show", out / "polya.db")
    db = sqlite3.connect(out / "polya.db")
    (first,), = db.execute("SELECT DISTINCT run_id FROM metrics").fetchall()
    check_trackio_run(db, out, first)
    went(*export("trackio", lines, out), "trackio", "trackio show", out / "polya.db")
    runs = [r for r, in db.execute("SELECT DISTINCT run_id FROM metrics ORDER BY id")]
    assert len(runs) == 2 and runs[0] == first, runs
    for identifier in runs:
        check_trackio_run(db, out, identifier)


def went(code, output, errors, name, advice, place):
    """Assert that an export went well and said so in one line, and return that line."""
    assert code == 0 and not errors, (code, output, errors)
    assert output.count("\n") == 1 and output.startswith(f"{name}: 1 new run, {VALUES} values in ")
    assert f" {place}" in output and advice in output, output
    return output


def fails(name, code, part, lines, *arguments, **more):
    """Assert that an export fails with one sentence that has the part in it."""
    got, output, errors = export(name, lines, *arguments, **more)
    assert got == code and not output, (part, got, output, errors)
    assert errors.count("\n") == 1 and errors.endswith(".\n") and part in errors, (part, errors)
    assert "Traceback" not in errors and errors[0].isupper(), errors


def metric(value, stage="s", name="m"):
    return f'{{"event":"metric","stage":"{stage}","step":0,"name":"{name}","value":{value}}}'.encode()


def file(name, path):
    return json.dumps({"event": "file", "name": name, "path": path}).encode()


def check_failures(name, folder, lines):
    out = folder / "broken"
    for part, *more in [
            ("is broken", b'{"event":"metric",'), ("is broken", b"\xff"), ("no proper event", b"[]"),
            ("no proper value", metric('"1"')), ("no proper value", metric("true")),
            ("NaN", metric("NaN")), ("finite", metric("1e999")), ("second run", lines[0]),
            ("repeats", metric(1), metric(2)), ("cannot be read", file("a", "/no/such/file")),
            ("not a plain", file("../a", __file__)), ("repeats", file("report.html", __file__)),
            ("would become", metric(1, "s/a", "m"), metric(1, "s", "a/m")),
            ("would become", metric(1, name="@"), metric(1, name="_at_"))]:
        fails(name, 2, part, [*lines, *more], out)
    fails(name, 2, "no run line", [], out)
    fails(name, 2, "no run line", lines[1:], out)
    assert not out.exists(), "a broken journal left something"
    fails(name, 2, "one argument", lines)
    (folder / "occupied").write_text("")
    fails(name, 2, "occupied", lines, folder / "occupied")
    fails(name, 3, f"pip install {name}", lines, out, flags=["-S"])
    fails(name, 3, f"pip install {name}", lines, out, flags=["-S", "-I"])


def check_remains(name, out, lines):
    """Check that an export that fails on its way takes back the run, and with it all values."""
    last = {"wandb": "save_files", "mlflow": "log_artifacts", "trackio": "log_files"}[name]
    patch = f"def {last}(*rest): raise OSError(28, 'No space left on device', 'disk')"
    fails(name, 2, "No space left on device: disk", lines, out, patch=patch)
    if name == "wandb":
        assert not list(out.glob("wandb/offline-run-*"))
        return
    query = {"mlflow": "SELECT * FROM runs WHERE lifecycle_stage != 'deleted'",
             "trackio": "SELECT id FROM metrics UNION SELECT id FROM configs"}[name]
    database = {"mlflow": "mlflow.db", "trackio": "polya.db"}[name]
    assert not sqlite3.connect(out / database).execute(query).fetchall()


def check(name):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder).resolve()
        lines = journal(folder / "run")
        out = folder / "a new" / "out é"
        globals()[f"check_{name}"](out, lines)
        check_failures(name, folder, lines)
        check_remains(name, folder / "remains", lines)
    print("ok", name, flush=True)


if __name__ == "__main__":
    for exporter in sys.argv[1:] or ["wandb", "mlflow", "trackio"]:
        check(exporter)
