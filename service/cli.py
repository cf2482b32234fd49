"""The command line: `dpo interpret`, `explain`, `verify`, `serve`, and so on.

Exit codes (contract section 6): 0 when a report was made, 1 when the document gave
none, 2 for wrong usage.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from service import __version__, commands
from service.config import ConfigError
from service.errors import ServiceError
from service.reasoning.problems import KnowledgeError
from service.sparql.command import FORMATS, TABLE

DONE, NO_REPORT, WRONG_USAGE = 0, 1, 2
# What a shell reports of a program that the keyboard or a closed pipe ended.
INTERRUPTED, PIPE_CLOSED = 128 + 2, 128 + 13


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; every expected failure is a sentence on standard error."""
    options = build_parser().parse_args(arguments)
    try:
        options.run(options)
        sys.stdout.flush()
    except ServiceError as error:
        for problem in error.problems:
            where = f" ({problem.expression})" if problem.expression else ""
            say(f"{problem.message}{where}")
        return NO_REPORT
    except (ConfigError, KnowledgeError, commands.Unusable) as error:
        say(str(error))
        return NO_REPORT if isinstance(error, KnowledgeError) else WRONG_USAGE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has seen enough; Python must not try to flush again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except commands.Failed as error:
        say(str(error))
        return NO_REPORT
    return DONE


def say(text: str) -> None:
    """One line on standard error."""
    print(f"dpo: {text}", file=sys.stderr)


def build_parser() -> argparse.ArgumentParser:
    """Every command and option; `docs/reference/cli.md` has a row for each."""
    parser = argparse.ArgumentParser(
        prog="dpo",
        description="Suggested interpretations of diffuse pulmonary ossification. "
        "Not a medical device.",
    )
    parser.add_argument("--version", action="version", version=f"dpo {__version__}")
    chosen = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    add_interpret(chosen.add_parser("interpret", help="a report for a document"))
    add_explain(chosen.add_parser("explain", help="why, why not, what next"))
    add_verify(chosen.add_parser("verify", help="whether a report can be believed"))
    add_what_if(chosen.add_parser("what-if", help="what other facts would change"))
    add_serve(chosen.add_parser("serve", help="the HTTP service"))
    add_sparql(chosen.add_parser("sparql", help="ask the ontology, without a server"))
    add_ontology(chosen.add_parser("ontology", help="build, check or show"))
    return parser


def add_interpret(parser: argparse.ArgumentParser) -> None:
    """`dpo interpret FILE` or `--from-server Patient/ID`."""
    parser.set_defaults(run=commands.interpret_file)
    add_reading(parser, nargs="?")
    add_release(parser)
    parser.add_argument(
        "--from-server",
        metavar="PATIENT",
        help="read Patient/ID from the FHIR server of DPO_FHIR_BASE_URL",
    )
    parser.add_argument(
        "--write",
        action="store_true",
        help="write the report to that server, too",
    )
    parser.add_argument(
        "--format",
        choices=("text", "fhir", "html", *commands.RDF_FORMATS),
        default="text",
        help="what is written (default: text)",
    )
    parser.add_argument(
        "--explain", action="store_true", help="every proof, nothing shortened (text)"
    )
    parser.add_argument(
        "--color",
        choices=("auto", "never", "always"),
        default="auto",
        help="bold headings; auto: on a terminal only",
    )
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="write there, not to standard output"
    )


def add_verify(parser: argparse.ArgumentParser) -> None:
    """`dpo verify REPORT`."""
    parser.set_defaults(run=commands.verify_reports)
    parser.add_argument(
        "report", metavar="REPORT", help="a report as it was sent or stored; - is stdin"
    )
    parser.add_argument(
        "--owl",
        metavar="FOLDER",
        help="write each certificate there as OWL, for another reasoner",
    )


def add_explain(parser: argparse.ArgumentParser) -> None:
    """`dpo explain CASE CONCEPT`."""
    parser.set_defaults(run=commands.explain_concept)
    add_reading(parser)
    add_release(parser)
    parser.add_argument(
        "concept",
        metavar="CONCEPT",
        nargs="?",
        help="id, such as a cause's; without it the leading conclusion",
    )


def add_what_if(parser: argparse.ArgumentParser) -> None:
    """`dpo what-if FILE --set CONCEPT=STATE`."""
    parser.set_defaults(run=commands.suppose_facts)
    add_reading(parser)
    add_release(parser)
    parser.add_argument(
        "--set",
        metavar="CONCEPT=VALUE",
        action="append",
        required=True,
        help="assume present, absent, unknown, a value or a number with its unit; "
        "repeatable",
    )
    parser.add_argument(
        "--format",
        choices=("text", "fhir"),
        default="text",
        help="what is written (default: text)",
    )


def add_reading(parser: argparse.ArgumentParser, nargs: str | None = None) -> None:
    """How a document is read, for both commands that read one."""
    parser.add_argument(
        "file", metavar="FILE", nargs=nargs, help="a document; - is standard input"
    )
    add_language(parser)
    parser.add_argument(
        "--fhir-version",
        choices=("4.0", "4.3", "5.0"),
        default="4.0",
        help="the release of the document (default: 4.0)",
    )
    parser.add_argument(
        "--strict", action="store_true", help="an entry that is not used is an error"
    )


def add_release(parser: argparse.ArgumentParser) -> None:
    """The ontology that answers."""
    parser.add_argument(
        "--ontology",
        metavar="VERSION",
        help="a pinned release of the ontology, instead of the build",
    )


def add_language(parser: argparse.ArgumentParser) -> None:
    """The language of all text."""
    parser.add_argument("--lang", choices=("en", "fr"), default="en", help="language")


def add_serve(parser: argparse.ArgumentParser) -> None:
    """`dpo serve`."""
    parser.set_defaults(run=commands.run_server)
    parser.add_argument("--host", default="127.0.0.1", help="default: 127.0.0.1")
    parser.add_argument("--port", type=port, default=8000, help="default: 8000")
    parser.add_argument("--workers", type=count, default=2, help="processes (2)")
    parser.add_argument(
        "--threads", type=count, default=8, help="threads of each process (8)"
    )


def add_sparql(parser: argparse.ArgumentParser) -> None:
    """`dpo sparql QUERY|FILE|NAME`."""
    parser.set_defaults(run=commands.ask_dataset)
    parser.add_argument(
        "query",
        metavar="QUERY",
        nargs="?",
        help="SPARQL, a file with it, a saved question; - is standard input",
    )
    parser.add_argument(
        "--format",
        choices=tuple(FORMATS),
        default=TABLE,
        help="what is written (default: table; graphs: turtle)",
    )
    parser.add_argument(
        "--list", action="store_true", help="the saved questions and their names"
    )
    add_language(parser)


def add_ontology(parser: argparse.ArgumentParser) -> None:
    """`dpo ontology build|check|show|diff|pin`."""
    chosen = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    build = chosen.add_parser("build", help="compile edit/ (needs both reasoners)")
    build.set_defaults(run=commands.build_ontology, check=False)
    check = chosen.add_parser("check", help="fail unless build/ is what edit/ gives")
    check.set_defaults(run=commands.build_ontology, check=True)
    show = chosen.add_parser("show", help="one concept: texts, codes, sources")
    show.set_defaults(run=commands.show_concept)
    show.add_argument("concept", metavar="CONCEPT", help="id of the concept")
    add_language(show)
    add_diff(chosen.add_parser("diff", help="what changed between two releases"))
    keep = chosen.add_parser("pin", help="keep the release of the build")
    keep.set_defaults(run=commands.pin_release)


def add_diff(parser: argparse.ArgumentParser) -> None:
    """`dpo ontology diff OLD NEW`."""
    parser.set_defaults(run=commands.compare_releases)
    for name in ("old", "new"):
        parser.add_argument(
            name, metavar=name.upper(), help="folder of a build, or a pinned version"
        )
    parser.add_argument(
        "--cases",
        metavar="FOLDER",
        action="append",
        help="folder of case folders (default: those of the checkout); repeatable",
    )
    parser.add_argument(
        "--generated",
        metavar="N",
        type=generated,
        default=1000,
        help="cases that are made up (default: 1000)",
    )
    parser.add_argument(
        "--seed", type=seed, default=0, help="the first of their seeds (default: 0)"
    )
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="what is written"
    )
    parser.add_argument(
        "--check", action="store_true", help="exit code 1 when anything differs"
    )


def port(text: str) -> int:
    """A port of TCP; 0 lets the system choose."""
    return bounded(text, 0, 65_535)


def count(text: str) -> int:
    """A number of processes or threads."""
    return bounded(text, 1, 256)


def generated(text: str) -> int:
    """A number of cases."""
    return bounded(text, 0, 1_000_000)


def seed(text: str) -> int:
    """The seed of a case."""
    return bounded(text, 0, 2**31)


def bounded(text: str, lowest: int, highest: int) -> int:
    """A whole number between two bounds."""
    if text.isascii() and text.isdigit() and lowest <= int(text) <= highest:
        return int(text)
    message = f"a whole number from {lowest} to {highest} is needed"
    raise argparse.ArgumentTypeError(message)


if __name__ == "__main__":
    sys.exit(main())
