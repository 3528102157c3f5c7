"""Export the journal of a polya run to MLflow, into a SQLite store.

The program takes the journal on the standard input and one argument, OUT, and adds a run to the
experiment polya in OUT/mlflow.db, with its artifacts in OUT/mlartifacts. It follows journal.py in
one source. It works with mlflow, and with mlflow-skinny where sqlalchemy and alembic are installed
too: a current MLflow refuses the folder store mlruns, which besides cannot hold both a metric
score/M/T/X and score/M/T/X/low. The manifest becomes parameters with dots between the levels, and
in full the artifact manifest.json, to which a parameter points whose value is too long. Scores and
comparisons are metrics and tables, files are artifacts under files/. Exporting a run again adds
another run with its own id and the same name, as starting a run in MLflow does.
"""

import pathlib
import shlex
import shutil
import tempfile

EXTRA = "."
STATUS = {"finished": "FINISHED", "failed": "FAILED", "running": "RUNNING"}


def export_to_mlflow(journal, out):
    if re.search("[?#%]", out):
        raise Failure(f"MLflow can have no store in the folder {out}, as its path holds ?, # or %.")
    os.chdir(out)  # MLflow's own experiment, Default, belongs to the current folder.
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = os.environ["DO_NOT_TRACK"] = "true"
    from mlflow.tracking import MlflowClient
    from mlflow.utils.validation import MAX_PARAM_VAL_LENGTH

    store = f"sqlite:///{out}/mlflow.db"
    parameters, long = flat_parameters(journal.run["manifest"], MAX_PARAM_VAL_LENGTH)
    client = MlflowClient(store, store)
    experiment = client.get_experiment_by_name(PROJECT)
    experiment = experiment.experiment_id if experiment else client.create_experiment(
        PROJECT, pathlib.Path(out, "mlartifacts").as_uri())
    moment = journal.created * 1000
    run = client.create_run(experiment, moment, tags(journal), journal.run["name"]).info.run_id
    try:
        log_parameters(client, run, parameters)
        log_metrics(client, run, journal, moment)
        log_artifacts(client, run, journal)
        client.set_terminated(run, STATUS.get(journal.run["status"], "KILLED"), moment)
    except BaseException:
        client.delete_run(run)
        raise
    subject = "1 long parameter is" if long == 1 else f"{long} long parameters are"
    note = f"; {subject} in its artifact manifest.json" if long else ""
    server = "" if importlib.util.find_spec("flask") else " (after pip install mlflow)"
    return (f"mlflow: 1 new run, {journal.values():,} values in {out}/mlflow.db{note}; "
            f"look at it with: mlflow ui --backend-store-uri {shlex.quote(store)}{server}")


def tags(journal):
    run = journal.run
    facts = {f"polya.{key}": run[key] for key in ("seed", "status", "created", "folder")}
    tables = [{"path": f"{name}.json", "type": "table"} for name in journal.filled_tables()]
    if tables:
        facts["mlflow.loggedArtifacts"] = json.dumps(tables)
    return {key: str(value) for key, value in facts.items() if value is not None}


def flat_parameters(manifest, limit):
    """Return the entries of the manifest under flat names, and how many are too long for MLflow."""
    names, parameters, long = Names(EXTRA, 250), {}, 0
    pending = [((key,), value) for key, value in manifest.items()]
    for path, value in pending:
        if isinstance(value, dict) and value:
            pending += [((*path, key), inner) for key, inner in value.items()]
            continue
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        if len(text) > limit:
            text = f"({len(text):,} characters, see the artifact manifest.json)"
            long += 1
        parameters[names.name(path, ".".join(path))] = text
    return parameters, long


def log_parameters(client, run, parameters):
    from mlflow.entities import Param

    entries = [Param(*item) for item in parameters.items()]
    for start in range(0, len(entries), 100):
        client.log_batch(run, params=entries[start:start + 100])


def log_metrics(client, run, journal, moment):
    from mlflow.entities import Metric

    rows = [(step, row) for steps in journal.stages.values() for step, row in sorted(steps.items())]
    metrics = [Metric(name, value, moment, step)
               for step, row in [*rows, (0, journal.summary)] for name, value in row.items()]
    for start in range(0, len(metrics), 1000):
        client.log_batch(run, metrics[start:start + 1000])


def log_artifacts(client, run, journal):
    documents = {"manifest": journal.run["manifest"]}
    for name, (columns, rows) in journal.filled_tables().items():
        documents[name] = {"columns": columns, "data": rows}
    with tempfile.TemporaryDirectory() as folder:
        for name, document in documents.items():
            text = json.dumps(document, ensure_ascii=False, indent=2)
            pathlib.Path(folder, f"{name}.json").write_text(text, encoding="utf-8")
        for name, path in journal.files.items():
            copy = pathlib.Path(folder, "files", name)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
        client.log_artifacts(run, folder)


if __name__ == "__main__":
    database = "pip install mlflow, or pip install sqlalchemy alembic beside mlflow-skinny"
    main("mlflow", {"mlflow": "pip install mlflow", "sqlalchemy": database, "alembic": database},
         Names(EXTRA, 250), export_to_mlflow)
