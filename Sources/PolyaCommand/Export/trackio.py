"""Export the journal of a polya run to Trackio, on the local disk.

The program takes the journal on the standard input and one argument, OUT, and adds a run to the
project polya in OUT, which becomes the TRACKIO_DIR. It follows journal.py in one source. Every row
has the step of its own stage, so that each metric is drawn over the steps of its stage. The
manifest is the configuration. Trackio has no summary: scores and comparisons are values and tables
of step 0. The files make one artifact with the run's name. Exporting a run again adds another run
with its own id and the same name, as trackio.init does; the first one stays as it is.
"""

import contextlib
import shlex
import warnings

QUIET = {"TRACKIO_STORAGE_MODE": "sqlite", "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1",
         "GRADIO_ANALYTICS_ENABLED": "False"}


def export_to_trackio(journal, out):
    os.environ.update(QUIET, TRACKIO_DIR=out)
    import trackio

    problems = watch_warnings()
    run = trackio.init(project=PROJECT, name=journal.run["name"], config=journal.config(),
                       embed=False, auto_log_gpu=False, auto_log_cpu=False)
    try:
        log_rows(run, journal)
        log_files(run, journal)
        trackio.finish()
        if problems:
            raise RuntimeError(problems[0])
    except BaseException:
        run.finish()
        remove_run(run.id)
        raise
    return (f"trackio: 1 new run, {journal.values():,} values in {out}/{PROJECT}.db; look at it "
            f"with: TRACKIO_DIR={shlex.quote(out)} trackio show --project {PROJECT}")


def watch_warnings():
    """Return a list that gathers warnings: Trackio drops what it cannot store, and only warns."""
    problems = []

    def show(message, category, *rest, **more):
        if category is UserWarning:
            problems.append(str(message))

    warnings.simplefilter("always")
    warnings.showwarning = show
    return problems


def log_rows(run, journal):
    import trackio

    for steps in journal.stages.values():
        for step in sorted(steps):
            run.log(steps[step], step=step)
    tables = {name: trackio.Table(columns=list(columns), data=rows)
              for name, (columns, rows) in journal.filled_tables().items()}
    results = {**journal.summary, **tables}
    if results or not journal.stages:  # The first row brings the configuration.
        run.log(results, step=0)


def log_files(run, journal):
    import trackio

    if journal.files:
        name = re.sub(r"[^A-Za-z0-9._-]", "_", journal.run["name"]) or "_"
        artifact = trackio.Artifact(name=name, type="polya-run")
        for name, path in journal.files.items():
            artifact.add_file(path, name=name)
        run.log_artifact(artifact)


def remove_run(identifier):
    import trackio

    with contextlib.suppress(ValueError):  # There may not even be a project.
        for run in trackio.Api().runs(PROJECT):
            if run.id == identifier:
                run.delete()


if __name__ == "__main__":
    main("trackio", {"trackio": "pip install trackio"}, Names("."), export_to_trackio)
