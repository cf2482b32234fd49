"""The page for queries: what a browser gets at /sparql.

The page is complete without a script: every question can be read and sent. With one,
Yasgui makes an editor of it, built from web/ and served by this service alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Response

from service.reasoning.knowledge import Knowledge
from service.routes import State
from service.sparql.queries import SavedQueries, SavedQuery
from service.web.answering import asked_language, html_response
from service.web.rendering import Pages

# Nothing is loaded from elsewhere and no text is run or styled: Yasgui sets its sizes
# through the style objects of elements, which no policy forbids, and the three lines
# of it that did more are taken out when it is built (web/build.mjs).
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; font-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
# The order in which the groups of questions are listed; others come last.
GROUPS = (
    "definition",
    "cause",
    "mimic",
    "criterion",
    "threshold",
    "test",
    "evidence",
    "mapping",
    "hierarchy",
    "language",
    "release",
)
OTHER = "other"
# How many questions are open as tabs when somebody comes for the first time.
FIRST = 3
PHRASES = "query_"
# The saved queries of the page itself: of all names, and what a new tab begins with.
LABELS = "query-labels"
START = "query-start"


@dataclass(frozen=True, slots=True)
class Question:
    """One question as the page lists it; `first` ones are open from the beginning."""

    id: str
    title: str
    text: str
    first: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Questions about one thing."""

    title: str
    questions: tuple[Question, ...]


def query_page(state: State, pages: Pages, saved: SavedQueries) -> Response:
    """The page in the language asked for, under a policy that allows our files only."""
    language, keep = asked_language()
    groups = group_questions(saved, state.knowledge, language)
    text = pages.render(
        "query.html",
        language,
        keep_language=keep,
        groups=groups,
        count=sum(len(group.questions) for group in groups),
        start=start_text(saved),
        config=page_config(saved, state.knowledge, language),
    )
    return html_response(text, language, policy=POLICY)


def group_questions(
    saved: SavedQueries, knowledge: Knowledge, language: str
) -> tuple[Group, ...]:
    """The questions for people by their group, in one order for every language."""
    found: dict[str, list[SavedQuery]] = {key: [] for key in (*GROUPS, OTHER)}
    for query in saved.questions:
        found[query.group if query.group in GROUPS else OTHER].append(query)
    groups: list[Group] = []
    for key in (key for key, queries in found.items() if queries):
        title = knowledge.phrase(f"{PHRASES}group_{key}", language)
        opened = len(groups) < FIRST
        questions = tuple(
            Question(
                query.id,
                query.title.in_language(language),
                query.text.strip(),
                first=opened and number == 0,
            )
            for number, query in enumerate(found[key])
        )
        groups.append(Group(title, questions))
    return tuple(groups)


def start_text(saved: SavedQueries) -> str:
    """What a new tab holds: every prefix of the dataset, and a query that runs."""
    body = saved[START].text.strip()
    heads = (f"PREFIX {name}: <{space}>" for name, space in saved.prefixes.items())
    missing = [head for head in heads if head not in body]
    return "\n".join((*missing, body))


def page_config(
    saved: SavedQueries, knowledge: Knowledge, language: str
) -> Mapping[str, object]:
    """What the script needs: read from the page, as the policy allows no other way."""
    return {
        "version": version_of(saved),
        "language": language,
        "base": saved.prefixes["dpo"],
        "terms": "ontology/",
        "prefixes": dict(saved.prefixes),
        "labels": saved[LABELS].text,
        "words": {
            id: phrase.in_language(language)
            for id, phrase in knowledge.phrases.items()
            if id.startswith(PHRASES)
        },
    }


def version_of(saved: SavedQueries) -> str:
    """Changes with any question, so that no browser keeps the tabs of other ones."""
    rows = [(query.id, query.text) for query in saved.queries.values()]
    return hashlib.sha256(json.dumps(sorted(rows)).encode()).hexdigest()[:12]
