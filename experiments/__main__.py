"""The command: see the package's docstring."""

import argparse
import sys
import tempfile
from pathlib import Path

from . import __doc__ as words
from . import results
from .grid import GRID, chosen
from .table import lines, markdown, replace_table, write_lines


def parsed(arguments):
    parser = argparse.ArgumentParser(
        "python -m experiments",
        description=words,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=list(COMMANDS))
    parser.add_argument(
        "rows",
        nargs="*",
        help="parts of rows' names, such as mnist-maf or wine_red; all by default",
    )
    parser.add_argument(
        "--results", type=Path, default=results.COMMITTED, help="the file of results (JSON lines)"
    )
    parser.add_argument("--data", help="the data's folder (default: TINYMAF_DATA)")
    parser.add_argument(
        "--checkpoints", type=Path, default=Path("."), help="folder for those of unfinished rows"
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="small nets, two epochs, 300 rows; results are not filed",
    )
    parser.add_argument("--again", action="store_true", help="also rows that have a result")
    parser.add_argument("--workers", type=int, default=1, help="processes on this machine")
    parser.add_argument("--scheduler", help="of a Dask cluster, tcp://...")
    parser.add_argument("--picture", type=Path, help="table: write the picture there, too")
    parser.add_argument("--lines", type=Path, help="table: write its lines there, for the course")
    parser.add_argument(
        "--curves", type=Path, help="table: write a picture of the learning curves there"
    )
    parser.add_argument(
        "--into", type=Path, help="table: put it in the place of the one in this Markdown file"
    )
    return parser.parse_intermixed_args(arguments)


def list_rows(rows, options):
    """Print the rows' names, and which of them have a result."""
    done = results.read(options.results)
    for row in rows:
        print(f"{'done' if row.name in done else '    '} {row.name}")


def make_table(rows, options):
    """Print the table of these rows, and write what the options ask for."""
    found = lines(results.read(options.results), [row for row in GRID if row in rows])
    print(markdown(found))
    if options.lines:
        write_lines(options.lines, found)
    if options.picture:
        from tinymaf_course.records.table import picture

        picture(found).savefig(options.picture, dpi=110)
    if options.curves:
        from .curves import curves

        curves(results.read(options.results), rows).savefig(options.curves, dpi=90)
    if options.into:
        replace_table(options.into, markdown(found))


def run_rows(rows, options):
    """Train the rows and file their results; exit with a sentence where one failed."""
    from .pool import run_all

    path = options.results
    if options.quick:
        path = Path(tempfile.mkdtemp()) / "results.jsonl"
    failed = run_all(
        rows,
        path,
        data=options.data,
        out=options.checkpoints,
        small=options.quick,
        again=options.again,
        scheduler=options.scheduler,
        workers=options.workers,
    )
    if failed:
        sys.exit(f"{len(failed)} of {len(rows)} rows failed: {', '.join(failed)}")


COMMANDS = {"list": list_rows, "run": run_rows, "table": make_table}


def main(arguments=None):
    options = parsed(arguments)
    rows = chosen(options.rows)
    if not rows:
        sys.exit(f"no row's name holds {' or '.join(options.rows)}")
    COMMANDS[options.command](rows, options)


if __name__ == "__main__":
    main()
