"""The page for queries in a real browser: asked, answered, drawn, and nothing else."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from service.config import SHIPPED_BUILD
from tests.browser.watching import Visit, Watch
from tests.served import HOST

pytestmark = [pytest.mark.browser, pytest.mark.allow_hosts([HOST])]

SAVED: dict[str, dict[str, Any]] = json.loads(
    (SHIPPED_BUILD / "queries.json").read_text("utf-8")
)
QUESTIONS = {
    id: row for id, row in SAVED["queries"].items() if row["kind"] == "competency"
}
PREFIXES = "".join(f"PREFIX {k}: <{v}>\n" for k, v in SAVED["prefixes"].items())
BASE = SAVED["prefixes"]["dpo"]
TWO_CAUSES = f"""{PREFIXES}
SELECT ?cause ?label WHERE {{
  ?cause rdfs:subClassOf dpo:cause ; rdfs:label ?label .
  FILTER(LANG(?label) = "en")
}} ORDER BY ?cause LIMIT 2"""
STAR = f"""{PREFIXES}
CONSTRUCT {{ dpo:cause_mitral_stenosis dpo:needs ?needed }}
WHERE {{ dpo:cause_mitral_stenosis dpo:needs ?needed }}"""
SHOWN = ".tabPanel.active"
LANGUAGES = [("en", "en-GB"), ("fr", "fr-FR")]


def first_with(form: str) -> str:
    """The first question whose query is of that form."""
    return next(
        id
        for id, row in sorted(QUESTIONS.items())
        if re.search(rf"^{form}\b", row["text"], re.MULTILINE)
    )


def ask(page: Page, id: str, language: str = "en") -> None:
    """Choose a question in the list, by its own words."""
    page.get_by_role("searchbox").fill(QUESTIONS[id][language])
    page.locator(f"[data-question='{id}']").get_by_role("button").click()


def run(page: Page, query: str) -> None:
    """Write a query into a new tab and run it."""
    page.locator(".addTab").click()
    editor = page.locator(f"{SHOWN} .yasqe .CodeMirror")
    editor.evaluate("(box, text) => box.CodeMirror.setValue(text)", query)
    page.locator(f"{SHOWN} .yasqe_queryButton").click()


@pytest.mark.parametrize(("language", "locale"), LANGUAGES)
def test_a_saved_question_is_answered_with_rows(
    visit: Visit, language: str, locale: str
) -> None:
    """Chosen from the list, it opens as a tab with its title and runs at once."""
    page = visit("/sparql", locale=locale)
    question = first_with("SELECT")

    ask(page, question, language)

    title = QUESTIONS[question][language]
    expect(page.locator(".wording")).to_have_text(title)
    expect(page.locator(".tab.active [role=tab]")).to_have_attribute("title", title)
    expect(page.locator(f"{SHOWN} .yasr tbody tr").first).to_be_visible()


def test_labels_stand_in_the_rows(visit: Visit) -> None:
    """A label as text, and its term by prefix, leading to our own page of it."""
    page = visit("/sparql")

    run(page, TWO_CAUSES)

    rows = page.locator(f"{SHOWN} .yasr tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("(cause)")
    link = rows.first.get_by_role("link")
    expect(link).to_contain_text("dpo:cause_")
    id = link.inner_text().removeprefix("dpo:")
    expect(link).to_have_attribute("href", re.compile(rf"^http://.*/ontology/{id}$"))
    expect(link).to_have_attribute("title", BASE + id)

    page.goto(link.get_attribute("href") or "")

    expect(page.locator("h1")).to_contain_text("(cause)")


@pytest.mark.parametrize(("language", "locale"), LANGUAGES)
def test_a_constructed_graph_is_drawn(visit: Visit, language: str, locale: str) -> None:
    """Boxes with the labels of the page's language, arrows, and links to the terms."""
    page = visit("/sparql", locale=locale)

    run(page, STAR)

    picture = page.locator(f"{SHOWN} .dpo-graph svg")
    expect(picture.locator("a.node")).to_have_count(2)
    expect(picture.locator(".edge path")).to_have_count(1)
    labels = {"en": "Mitral stenosis (cause)", "fr": "Rétrécissement mitral (cause)"}
    expect(picture).to_contain_text(labels[language])
    expect(picture.locator("a.node").first).to_have_attribute(
        "href", re.compile(r"/ontology/cause_mitral_stenosis$")
    )


def test_a_question_for_a_graph_shows_the_graph(visit: Visit) -> None:
    """And can be read as a table and as it came."""
    page = visit("/sparql")
    ask(page, first_with("CONSTRUCT"))
    expect(page.locator(f"{SHOWN} .dpo-graph svg .node").first).to_be_visible()

    page.locator(f"{SHOWN} .select_table").click()
    expect(page.locator(f"{SHOWN} .yasr tbody tr").first).to_be_visible()

    page.locator(f"{SHOWN} .select_response").click()
    expect(page.locator(f"{SHOWN} .yasr_results .CodeMirror-code")).to_contain_text(":")


def test_a_graph_too_large_for_a_picture_is_counted(visit: Visit) -> None:
    """Nothing of it is left out in silence."""
    page = visit("/sparql")

    run(
        page,
        f"{PREFIXES}CONSTRUCT {{?s rdfs:subClassOf ?o}} "
        "WHERE {?s rdfs:subClassOf ?o} LIMIT 1000",
    )

    expect(page.locator(f"{SHOWN} .dpo-graph")).to_contain_text("Too large to be drawn")
    expect(page.locator(f"{SHOWN} .dpo-graph svg")).to_have_count(0)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT * WHERE { ?s ?p", "line 1, column 23"),
        ("SELECT * WHERE { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", "SERVICE"),
        ("DELETE WHERE { ?s ?p ?o }", "query"),
    ],
    ids=["malformed", "federated", "update"],
)
def test_a_refused_query_says_why(visit: Visit, query: str, said: str) -> None:
    """In the words of the endpoint, and not as JSON."""
    page = visit("/sparql")

    run(page, query)

    error = page.locator(f"{SHOWN} .query-error")
    expect(error).to_contain_text("The query was not answered")
    expect(error).to_contain_text(said)
    expect(error).not_to_contain_text("OperationOutcome")


@pytest.mark.parametrize(("language", "locale"), LANGUAGES)
def test_every_question_is_listed(visit: Visit, language: str, locale: str) -> None:
    """Under a heading, with its wording in the language of the page."""
    page = visit("/sparql", locale=locale)

    listed = page.locator("[data-question]")

    expect(listed).to_have_count(len(QUESTIONS))
    found = {
        item.get_attribute("data-question"): item.text_content()
        for item in listed.all()
    }
    assert found == {id: row[language] for id, row in QUESTIONS.items()}


def test_questions_are_found_without_accents_and_case(visit: Visit) -> None:
    """As people type."""
    page = visit("/sparql", locale="fr-FR")
    accented = next(id for id, row in QUESTIONS.items() if "é" in row["fr"])
    wording = QUESTIONS[accented]["fr"]

    page.get_by_role("searchbox").fill(wording.replace("é", "e").upper())

    expect(page.locator("[data-question]:visible")).to_have_count(1)
    expect(page.locator(f"[data-question='{accented}']")).to_be_visible()


def test_a_new_tab_has_every_prefix(visit: Visit) -> None:
    """And a query that runs."""
    page = visit("/sparql")

    page.locator(".addTab").click()
    editor = page.locator(f"{SHOWN} .yasqe .CodeMirror")
    text = editor.evaluate("box => box.CodeMirror.getValue()")
    page.locator(f"{SHOWN} .yasqe_queryButton").click()

    for prefix, space in SAVED["prefixes"].items():
        assert f"PREFIX {prefix}: <{space}>" in text
    expect(page.locator(f"{SHOWN} .yasr tbody tr").first).to_be_visible()


def test_terms_are_completed_by_their_labels(visit: Visit, watch: Watch) -> None:
    """From our own dataset: the library would ask services elsewhere."""
    page = visit("/sparql")
    page.locator(".addTab").click()
    page.locator(f"{SHOWN} .yasqe .CodeMirror").click()

    page.keyboard.press("Control+a")
    page.keyboard.type("SELECT * WHERE { ?x dpo:needs mitral")
    page.keyboard.press("Control+Space")

    hint = page.locator(".CodeMirror-hint", has_text="dpo:mitral_stenosis ").first
    expect(hint).to_contain_text("Mitral stenosis")
    assert any("query=" in url for url in watch.requests)


def test_a_link_brings_its_query_and_no_endpoint(visit: Visit) -> None:
    """What it says about an endpoint is not followed."""
    elsewhere = quote("https://example.org/sparql")

    page = visit(f"/sparql#query={quote(TWO_CAUSES)}&endpoint={elsewhere}")

    expect(page.locator(f"{SHOWN} .yasr tbody tr")).to_have_count(2)


def test_tabs_are_kept_until_the_questions_change(visit: Visit) -> None:
    """Then those of the questions are opened anew, and one's own stay."""
    page = visit("/sparql")
    run(page, TWO_CAUSES)
    expect(page.locator(f"{SHOWN} .yasr tbody tr")).to_have_count(2)
    names = page.locator(".tab [role=tab] > span").all_inner_texts()
    page.reload()
    expect(page.locator(".tab [role=tab] > span")).to_have_text(names)

    page.evaluate(
        """() => Object.entries(localStorage).forEach(([key, value]) => {
          const older = value.replaceAll("question-", "question-gone-");
          localStorage.removeItem(key);
          localStorage.setItem(key.replace(/[0-9a-f]{12}_/, "000000000000_"), older);
        })"""
    )
    page.reload()

    expect(page.locator(".tab [role=tab] > span")).to_have_text(names)
    assert page.evaluate("() => Object.keys(localStorage).length") == 1


def test_the_page_speaks_french_throughout(visit: Visit) -> None:
    """The words of the library too, also those that only assistive software reads."""
    page = visit("/sparql", locale="fr-FR")
    run(page, TWO_CAUSES)
    expect(page.locator(f"{SHOWN} .yasr tbody tr")).to_have_count(2)

    shown = page.locator(".yasgui").evaluate(
        """root => [...root.querySelectorAll("*")].flatMap(e => [
          e.title, e.getAttribute("aria-label"), e.placeholder,
          ...[...e.childNodes].filter(n => n.nodeType === 3).map(n => n.data),
        ]).filter(Boolean).join("\\n")"""
    )

    english = "Run|Table|Response|Download|Filter|Page size|result|Share|Add|Close"
    assert not re.findall(rf"^(?:{english})\b.*", shown, re.MULTILINE)
    assert "Lancer la requête" in shown


def test_everything_that_acts_has_a_name(visit: Visit) -> None:
    """Buttons, fields and links, for whoever does not see them."""
    page = visit("/sparql")
    run(page, STAR)
    expect(page.locator(f"{SHOWN} .dpo-graph svg")).to_be_visible()

    for role in ("button", "searchbox", "textbox", "link", "tab", "combobox"):
        for element in page.get_by_role(role).all():
            if element.is_visible():
                snapshot = element.aria_snapshot()
                assert re.search(r'"[^"]+"|: \S', snapshot), snapshot


def test_a_narrow_screen_needs_no_sideways_scrolling(visit: Visit) -> None:
    """Wide tables and graphs scroll in themselves."""
    page = visit("/sparql", viewport={"width": 360, "height": 740})
    run(page, TWO_CAUSES)
    expect(page.locator(f"{SHOWN} .yasr tbody tr")).to_have_count(2)

    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_without_a_script_every_query_is_read_and_sent(
    visit: Visit, watch: Watch
) -> None:
    """The list opens to the queries; the form sends what is written in it."""
    page = visit("/sparql", java_script_enabled=False)
    question = first_with("SELECT")
    item = page.locator(f"[data-question='{question}']")
    text = item.locator("code").text_content()
    assert text == QUESTIONS[question]["text"].strip()

    page.locator("textarea").fill("ASK { ?s ?p ?o }")
    with page.expect_response(re.compile(r"\?query=ASK")) as answered:
        page.locator(".query-plain button").click()

    assert answered.value.status == 200
    assert "true" in answered.value.text()
    # The browser's own viewer of JSON wants a style that an answer does not allow.
    watch.complaints.clear()


def test_the_policy_forbids_what_is_not_ours(visit: Visit, watch: Watch) -> None:
    """No inline script, no style in HTML, no other host, no evaluated text."""
    page = visit("/sparql")

    stopped = page.evaluate(
        """async () => {
          const seen = [];
          document.addEventListener("securitypolicyviolation",
            (event) => seen.push(event.effectiveDirective));
          const script = document.createElement("script");
          script.textContent = "window.inline = 1";
          document.body.append(script);
          const box = document.createElement("div");
          document.body.append(box);
          box.innerHTML = "<i style='color: red'></i>";
          await fetch("http://127.0.0.1:1/").catch(() => {});
          await new Promise((done) => setTimeout(done, 50));
          return [window.inline === undefined, ...seen.sort()];
        }"""
    )

    watch.complaints.clear()
    assert stopped == [True, "connect-src", "script-src-elem", "style-src-attr"]
