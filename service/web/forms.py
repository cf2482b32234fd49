"""The forms in which a term is shown: a page, or its triples in four formats."""

from __future__ import annotations

from dataclasses import dataclass

from service.errors import NotAcceptable
from service.media import choose


@dataclass(frozen=True, slots=True)
class Form:
    """A form with the ending of its own address, its media type and its name."""

    suffix: str
    media: str
    name: str


HTML = Form(".html", "text/html", "HTML")
TURTLE = Form(".ttl", "text/turtle", "Turtle")
JSON_LD = Form(".jsonld", "application/ld+json", "JSON-LD")
RDF_XML = Form(".rdf", "application/rdf+xml", "RDF/XML")
N_TRIPLES = Form(".nt", "application/n-triples", "N-Triples")
# In the order of our preference, which decides between what a client likes equally.
FORMS = (HTML, TURTLE, JSON_LD, RDF_XML, N_TRIPLES)
DATA = FORMS[1:]
# What clients ask for that know one of these forms by another name.
OTHER_NAMES = {
    "application/xhtml+xml": HTML,
    "application/json": JSON_LD,
    "application/xml": RDF_XML,
    "application/x-turtle": TURTLE,
}


def choose_form(accept: str) -> Form:
    """The form that a client likes best; NotAcceptable lists them all."""
    named = {form.media: form for form in FORMS} | OTHER_NAMES
    found = choose(accept, tuple(named))
    if not found:
        media = ", ".join(form.media for form in FORMS)
        raise NotAcceptable(f"A term is shown as one of {media}.")
    return named[found]


def split_suffix(id: str) -> tuple[str, Form | None]:
    """The id without the ending of a form, and that form.

    >>> split_suffix("source/F01.ttl")
    ('source/F01', Form(suffix='.ttl', media='text/turtle', name='Turtle'))
    """
    for form in FORMS:
        stem = id.removesuffix(form.suffix)
        if stem != id:
            return stem, form
    return id, None
