"""Templates and their words: the only module that knows Jinja."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from service import __version__
from service.media import LANGUAGES
from service.reasoning.knowledge import Knowledge
from service.web.statics import Static, list_statics
from service.wording.lexicon import open_lexicon

TEMPLATES = Path(__file__).parent / "templates"


class Pages:
    """The templates, their words in both languages, and the files that they load."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self.statics = list_statics()
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters["emphasis"] = mark_emphasis
        self._environment.globals.update(
            asset=self.asset,
            software=__version__,
            release=knowledge.version,
            release_iri=knowledge.version_iri,
        )

    def render(
        self,
        name: str,
        language: str,
        *,
        keep_language: bool = False,
        **values: object,
    ) -> str:
        """A template as text; `keep_language` writes the language into every link.

        Beside `values` a template knows `lang` and `other_lang`, `say` (a phrase),
        `lexicon`, `link` (an address of this service) and `asset` (a file to load).
        """
        lexicon = open_lexicon(self.knowledge, language)
        (other,) = (each for each in LANGUAGES if each != lexicon.language)
        template = self._environment.get_template(name)
        return template.render(
            lang=lexicon.language,
            other_lang=other,
            lexicon=lexicon,
            say=lexicon.say,
            link=linker(lexicon.language if keep_language else ""),
            **values,
        )

    def asset(self, name: str) -> str:
        """The address of a file under `static/`, with its version."""
        return asset_address(name, self.statics[name])


def asset_address(name: str, file: Static) -> str:
    """Changes with the file, so that a browser need not ask again."""
    return f"/static/{name}?v={file.version}"


def linker(language: str) -> Callable[[str], str]:
    """What makes an address of this service; a language given goes with it."""
    return partial(with_language, language=language)


def with_language(address: str, language: str) -> str:
    """The address with `lang=` in its query.

    >>> with_language("/ontology/?kind=test#t", "fr")
    '/ontology/?kind=test&lang=fr#t'
    """
    if not language:
        return address
    path, hash, fragment = address.partition("#")
    joint = "&" if "?" in path else "?"
    return f"{path}{joint}lang={language}{hash}{fragment}"


def mark_emphasis(text: str) -> Markup:
    """A quotation whose emphasis is written with asterisks, as Markdown does."""
    parts = [escape(part) for part in text.replace("**", "*").split("*")]
    if len(parts) % 2 == 0:  # an asterisk without its pair is no emphasis
        return escape(text)
    return Markup("").join(
        Markup("<b>{}</b>").format(part) if number % 2 else part
        for number, part in enumerate(parts)
    )
