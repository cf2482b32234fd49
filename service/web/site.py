"""What every page needs, and the pages of terms as text."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from urllib.parse import quote, urlencode

from service.config import Config
from service.errors import NotFound
from service.media import LANGUAGES
from service.reasoning.terms import Text, as_object, as_text
from service.sparql.pool import Pool
from service.sparql.queries import SavedQueries
from service.web import terms
from service.web.axioms import functional_syntax, read_axiom, read_consequences
from service.web.catalogue import Catalogue, read_catalogue
from service.web.forms import DATA
from service.web.index import Filter, list_index
from service.web.names import Names
from service.web.overview import Node, draw_narrow, draw_wide, read_nodes
from service.web.releases import File, list_files
from service.web.rendering import Pages, linker
from service.web.stored import AXIOM, AXIOM_ID, UNKNOWN, Stored
from service.wording.lexicon import open_lexicon

SOURCE, EVIDENCE = "source", "evidence"
TITLE = "http://purl.org/dc/terms/title"
PROPERTIES = frozenset({"annotationProperty", "dataProperty", "objectProperty"})
DESCRIBE, DESCRIBE_AXIOM = "term-describe", "term-axiom-describe"


class Site:
    """The pages of one application; what is read of the dataset is read once."""

    def __init__(
        self, config: Config, pool: Pool, saved: SavedQueries, pages: Pages
    ) -> None:
        self.pages = pages
        self.pool = pool
        self.stored = Stored(pool, saved)
        self.files: Mapping[str, File] = list_files(config.build, pages.knowledge)

    @cached_property
    def catalogue(self) -> Catalogue:
        """Every term by its id."""
        return read_catalogue(self.stored)

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """What the overview draws."""
        return read_nodes(self.stored)

    def names(self, language: str, *, keep: bool) -> Names:
        """The catalogue in a language."""
        return Names(
            self.catalogue,
            self.stored.saved.prefixes,
            open_lexicon(self.pages.knowledge, language),
            linker(language if keep else ""),
        )

    def render(
        self, template: str, language: str, *, keep: bool, **values: object
    ) -> str:
        """A page that links to terms."""
        return self.pages.render(
            template,
            language,
            keep_language=keep,
            names=self.names(language, keep=keep),
            **values,
        )

    def overview_page(self, language: str, *, keep: bool) -> str:
        """The start page, with its drawing."""
        named = self.names(language, keep=keep)
        names = {node.id: named.name(node.id) for node in self.nodes}
        return self.render(
            "overview.html",
            language,
            keep=keep,
            drawings=(draw_wide(self.nodes, names), draw_narrow(self.nodes, names)),
            kinds=list_index(self.catalogue, Filter(), language).kinds,
        )

    def index_page(self, wanted: Filter, language: str, *, keep: bool) -> str:
        """The list of terms; NotFound for a kind that no term has."""
        (other,) = (each for each in LANGUAGES if each != language)
        return self.render(
            "index.html",
            language,
            keep=keep,
            index=list_index(self.catalogue, wanted, language),
            wanted=wanted,
            switch=f"?{urlencode({**wanted.parameters(), 'lang': other})}",
        )

    def releases_page(self, language: str, *, keep: bool) -> str:
        """The files of the release."""
        return self.render(
            "releases.html",
            language,
            keep=keep,
            files=tuple(self.files.values()),
            title=self.title.in_language(language),
        )

    @cached_property
    def title(self) -> Text:
        """The title of the ontology, by which it is cited."""
        header = terms.read_statements(self.stored, self.header)
        values = terms.values_of(header, TITLE)
        texts = {value.language: value.text for value in values}
        return Text(texts["en"], texts["fr"])

    @cached_property
    def header(self) -> str:
        """The id of the ontology itself."""
        ontology = as_object(self.pages.knowledge.manifest.get("ontology"))
        return self.stored.local(as_text(ontology.get("iri")))

    def term_page(self, id: str, language: str, *, keep: bool) -> str:
        """The page of one IRI of the ontology; NotFound for any other."""
        query = self.stored.filled(describing(id), id)
        values: dict[str, object] = {
            "id": id,
            "iri": self.stored.base + id,
            "forms": DATA,
            "title": self.title.in_language(language),
            "query": quote(query, safe=""),
        }
        if AXIOM_ID.fullmatch(id):
            template, found = "axiom.html", self.axiom_values(id)
        else:
            template, found = self.entry_values(id)
        return self.render(template, language, keep=keep, **values, **found)

    def axiom_values(self, id: str) -> dict[str, object]:
        """What the page of an axiom says."""
        axiom = read_axiom(self.stored, self.catalogue, id)
        if axiom is None:
            raise NotFound(UNKNOWN)
        return {"axiom": axiom, "functional": functional_syntax(axiom)}

    def entry_values(self, id: str) -> tuple[str, dict[str, object]]:
        """The template of a term, source, claim or anything else, and its values."""
        statements = terms.read_statements(self.stored, id)
        if not statements:
            raise NotFound(UNKNOWN)
        entry = self.catalogue.get(id)
        said: dict[str, object] = {"statements": statements, "entry": entry}
        said["uses"] = terms.read_uses(self.stored, self.catalogue, id)
        if entry is None:
            return "thing.html", said
        said["claims"] = terms.read_claims(self.stored, id)
        if entry.kind in (SOURCE, EVIDENCE):
            return f"{entry.kind}.html", said
        said["elsewhere"] = terms.ELSEWHERE
        said["places"] = terms.read_places(self.stored, id)
        said["criteria"] = terms.read_criteria(self.stored, id)
        said["mappings"] = terms.read_mappings(self.stored, id)
        said["axioms"] = read_consequences(self.stored, self.catalogue, id)
        is_property = entry.kind in PROPERTIES
        said["examples"] = terms.read_examples(self.stored, id) if is_property else ()
        return "term.html", said

    def exists(self, id: str) -> bool:
        """Whether an id is one of the ontology's."""
        if id in self.catalogue:
            return True
        query = "term-axiom" if AXIOM_ID.fullmatch(id) else "term-statements"
        return bool(self.stored.rows(query, id))

    def triples(self, id: str, media: str) -> bytes:
        """Everything that is said of an IRI in a format of RDF; else NotFound."""
        if not self.exists(id):
            raise NotFound(UNKNOWN)
        return self.stored.graph(describing(id), media, id)


def describing(id: str) -> str:
    """The stored query that describes a term, or an axiom."""
    return DESCRIBE_AXIOM if id.startswith(AXIOM) else DESCRIBE
