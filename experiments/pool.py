"""Many rows at once: in processes on this machine, or on a Dask cluster that is there already.

Only this process writes results. So each row is filed once, whatever happens to a worker. When a
worker dies, its row starts again elsewhere. It goes on from its checkpoint where the workers share
the folder.
"""

import contextlib

from .results import add, read
from .run import run


def todo(rows, path, again=False):
    """The rows that have no result yet, each once."""
    done = {} if again else read(path)
    return list({row.name: row for row in rows if row.name not in done}.values())


@contextlib.contextmanager
def client(scheduler=None, workers=2):
    """A Dask client of the cluster at `scheduler` ("tcp://...").

    Without a scheduler it starts `workers` processes on this machine.
    """
    try:
        from dask.distributed import Client, LocalCluster
    except ImportError as error:
        raise ImportError(
            "several rows at once need Dask: pip install 'tinymaf[cluster]'"
        ) from error
    if scheduler:
        with Client(scheduler) as connected:
            yield connected
    else:
        with (
            LocalCluster(
                n_workers=workers, threads_per_worker=1, dashboard_address=None
            ) as cluster,
            Client(cluster) as connected,
        ):
            yield connected


def run_all(
    rows,
    path,
    *,
    data=None,
    out=None,
    small=False,
    again=False,
    scheduler=None,
    workers=1,
    say=print,
):
    """Run the rows that are to do, and file each result as it comes.

    Returns the errors of the rows that failed, by name.
    """
    rows, failed = todo(rows, path, again), {}
    say(f"{len(rows)} rows to do")

    def file(result):
        add(result, path)
        say(
            f"{result['name']}: {result['test']:.2f} +- {result['two_se']:.2f} nats, "
            f"{result['epochs']} epochs, {result['seconds']:.0f} s"
        )

    if workers == 1 and not scheduler:
        for row in rows:
            try:
                file(run(row, data, out, small))
            except Exception as error:  # the other rows are worth having
                failed[row.name] = f"{type(error).__name__}: {error}"
                say(f"{row.name} failed: {failed[row.name]}")
        return failed
    with client(scheduler, workers) as connected:
        from dask.distributed import as_completed

        futures = {
            connected.submit(run, row, data, out, small, key=row.name, retries=2): row
            for row in rows
        }
        for future in as_completed(futures):
            error = future.exception()
            if error is None:
                file(future.result())
            else:
                failed[futures[future].name] = f"{type(error).__name__}: {error}"
                say(f"{futures[future].name} failed: {failed[futures[future].name]}")
            future.release()
    return failed
