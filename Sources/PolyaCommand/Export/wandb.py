"""Export the journal of a polya run to Weights & Biases, offline.

The program takes the journal on the standard input and one argument, OUT, and writes a new offline
run to OUT/wandb, which `wandb sync` uploads whenever the user likes. It follows journal.py in one
source. Every stage has its own step axis, STAGE/step; the manifest is the configuration; scores and
comparisons are summary values and tables; files are saved under polya/. Exporting a run again adds
a second offline run with its own id and leaves the first one as it is, as wandb.init does.
"""

import glob
import pathlib
import shlex
import shutil
import tempfile
import uuid

QUIET = {"SILENT": "true", "CONSOLE": "off", "ERROR_REPORTING": "false", "DISABLE_GIT": "true",
         "DISABLE_CODE": "true", "X_DISABLE_META": "true", "X_DISABLE_STATS": "true",
         "X_DISABLE_MACHINE_INFO": "true", "X_SAVE_REQUIREMENTS": "false",
         "ALLOW_OFFLINE_ARTIFACTS": "false"}


def export_to_wandb(journal, out):
    axes = {stage: journal.names.name((stage,), stage, "step") for stage in journal.stages}
    config = journal.config()
    with tempfile.TemporaryDirectory() as cache:
        os.environ.update({f"WANDB_{key}": value for key, value in QUIET.items()})
        os.environ["WANDB_CACHE_DIR"] = cache
        import wandb

        run = wandb.init(project=PROJECT, name=journal.run["name"], dir=out, mode="offline",
                         id=uuid.uuid4().hex[:8], config=config)
        folder = os.path.dirname(run.dir)
        os.environ["WANDB_DATA_DIR"] = folder  # Here wandb keeps the tables until it uploads them.
        try:
            if not folder.startswith(os.path.join(out, "")):
                raise Failure(f"The folder {out} cannot be written, and wandb would use {folder}.")
            log_metrics(run, journal, axes)
            log_results(run, journal)
            save_files(run, journal)
            run.finish(exit_code=0 if journal.run["status"] == "finished" else 1)
            wandb.teardown()
        except BaseException:
            run.finish(exit_code=1)
            shutil.rmtree(folder)
            raise
    pathlib.Path(folder, "logs", "debug-core.log").unlink(missing_ok=True)  # It led to the cache.
    return (f"wandb: 1 new run, {journal.values():,} values in {folder}; "
            f"upload with: wandb sync {shlex.quote(folder)}")


def log_metrics(run, journal, axes):
    for stage, steps in journal.stages.items():
        axis = axes[stage]
        run.define_metric(axis, hidden=True)
        for name in sorted({name for row in steps.values() for name in row}):
            run.define_metric(name, step_metric=axis)
        for step in sorted(steps):
            run.log({axis: step, **steps[step]})


def log_results(run, journal):
    import wandb

    run.summary.update(journal.summary)
    tables = {name: wandb.Table(columns=list(columns), data=rows, allow_mixed_types=True)
              for name, (columns, rows) in journal.filled_tables().items()}
    if tables:
        run.log(tables)


def save_files(run, journal):
    """Copy the files into the run, where wandb alone would leave links to the originals."""
    for name, path in journal.files.items():
        copy = os.path.join(run.dir, "polya", name)
        os.makedirs(os.path.dirname(copy), exist_ok=True)
        shutil.copyfile(path, copy)
        run.save(glob.escape(copy), base_path=run.dir, policy="now")


if __name__ == "__main__":
    main("wandb", {"wandb": "pip install wandb"}, Names(), export_to_wandb)
