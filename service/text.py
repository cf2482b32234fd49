"""One report for a terminal: the answer in the first ten lines, the rest in eighty.

With `explain` nothing is shortened and every proof is shown with its axioms.
"""

from __future__ import annotations

from collections.abc import Iterable

from service.layout import Block, bullet, fit, labelled, paragraph
from service.wording import Wording
from service.wording.lines import (
    answer_text,
    capital,
    entry_reasons,
    entry_title,
    fact_line,
    facts_text,
    point_text,
    source_text,
)
from service.wording.shape import Answer, Entry, Point, Proof

LINES, TOP = 80, 10
# How many of each are shown without `explain`.
STEPS, POINTS = 5, 3
# The limits that the answer has said already, at the top.
SAID = 2
# Lines kept free to name the parts of which nothing is shown.
LEFT_OUT = 3
BOLD, RESET = "\033[1m", "\033[0m"
# The parts by importance, and how many items each should have if there is room.
WANTED = {
    "conflicts": 4,
    "differential": 4,
    "criterion": 4,
    "next": 5,
    "missing": 1,
    "biopsy": 1,
    "sources": 1,
    "unlikely": 4,
    "ledger": 1,
    "near_misses": 1,
    "advice": 0,
}
Item = tuple[str, ...]


def render_text(
    wording: Wording, *, explain: bool = False, colour: bool = False
) -> str:
    """The report as text; `colour` makes title and headings bold."""
    top = answer_lines(wording)
    bottom = closing_lines(wording, explain=explain)
    blocks = [block for block in build_blocks(wording, explain=explain) if block.items]
    more = wording.heads["more"]
    if not explain:
        room = LINES - LEFT_OUT - len(top) - len(bottom)
        blocks = fit(blocks, room, WANTED, more)
    lines = [*top, *(line for block in blocks for line in block.lines(more))]
    lines += [*left_out(blocks, wording), *bottom]
    if colour:
        heads = {wording.title, wording.heads["caveat"]}
        heads |= {block.heading for block in blocks}
        lines = [f"{BOLD}{line}{RESET}" if line in heads else line for line in lines]
    return "\n".join(lines) + "\n"


def left_out(blocks: Iterable[Block], wording: Wording) -> list[str]:
    """The parts that gave way altogether, by name."""
    names = [block.heading for block in blocks if block.hidden and not block.items]
    if not names:
        return []
    more = wording.heads["explain"]
    listed = wording.marks.semicolon.join(names)
    return ["", *paragraph(f"{more}{wording.marks.colon}{listed}.", 0)]


def answer_lines(wording: Wording) -> list[str]:
    """The title, the answer and the caveat, in TOP lines if that can be.

    Fewer tests are named where three would take too much room; the list below has
    them all.
    """
    for shown in range(POINTS, 0, -1):
        lines = [line for row in answer_rows(wording, shown) for line in labelled(*row)]
        lines = [wording.title, *lines, *paragraph(wording.caveat_short, 0)]
        if len(lines) <= TOP:
            break
    return lines


def answer_rows(wording: Wording, shown: int) -> list[tuple[str, str]]:
    """Each answer with its label."""
    heads = wording.heads
    rows = [(heads["assessment"], answer_text(wording.assessment))]
    rows.append((heads["criterion"], answer_text(wording.criterion)))
    if wording.pattern is not None:
        rows.append((heads["pattern"], answer_text(wording.pattern)))
    rows.append((heads["leading_short"], capital(wording.leading_short)))
    rows.append((heads["biopsy"], answer_text(wording.biopsy)))
    if wording.steps:
        names = (step.name for step in wording.steps[:shown])
        rows.append((heads["next_short"], capital(wording.marks.semicolon.join(names))))
    return rows


def closing_lines(wording: Wording, *, explain: bool) -> list[str]:
    """The limits and the versions, which are never left out."""
    versions = wording.versions if explain else (wording.version_short,)
    return [
        "",
        wording.heads["caveat"],
        *paragraph(" ".join(wording.caveat if explain else wording.caveat[SAID:])),
        *(line for text in versions for line in paragraph(text)),
    ]


def build_blocks(wording: Wording, *, explain: bool) -> list[Block]:
    """Every part of the report after the answer."""
    live = [entry for entry in wording.entries if entry.is_live]
    out = [entry for entry in wording.entries if not entry.is_live]
    points = None if explain else POINTS
    parts = {
        "conflicts": dispute_items(wording),
        "criterion": criterion_items(wording),
        "differential": (entry_item(entry, wording, points) for entry in live),
        "unlikely": (short_item(entry, wording) for entry in out),
        "next": step_items(wording, None if explain else STEPS),
        "missing": listing(wording.missing, wording, whole=explain),
        "biopsy": map(bullet, answer_details(wording.biopsy, wording)),
        "near_misses": map(bullet, wording.near_misses),
        "near_grades": map(bullet, wording.near_grades if explain else ()),
        "advice": map(bullet, wording.advice),
        "sources": source_items(wording)
        if explain
        else listing([f"{c.id} {c.text}" for c in wording.citations], wording),
        "ledger": map(bullet, wording.ledger),
    }
    blocks = [Block(key, wording.heads[key], tuple(i)) for key, i in parts.items()]
    return blocks + (proof_blocks(wording) if explain else [])


def dispute_items(wording: Wording) -> Iterable[Item]:
    """Each conflict; the facts that meet, where they are more than yes and no."""
    for dispute in wording.disputes:
        item = bullet(dispute.text)
        for fact in dispute.facts:
            item += () if fact.is_plain else bullet(fact_line(fact), 5)
        yield item


def criterion_items(wording: Wording) -> Iterable[Item]:
    """The basis, each definition with its facts, then the pattern's reasons."""
    yield from map(bullet, wording.criterion.details)
    points = wording.criterion.points
    plain = [p.short for p in points if p.text == p.short and not p.facts]
    yield from (bullet(cited(p, wording)) for p in points if p.short not in plain)
    if plain:
        yield bullet(f"{wording.marks.semicolon.join(plain)}.")
    pattern = wording.pattern
    if pattern is not None:
        facts = facts_text(pattern.proof.facts, wording.marks)
        text = f"{pattern.text.rstrip('.')} ({facts})." if facts else pattern.text
        yield bullet(text)


def entry_item(entry: Entry, wording: Wording, limit: int | None) -> Item:
    """One hypothesis with what is for, against and missing."""
    heads, colon = wording.heads, wording.marks.colon
    lines = bullet(entry_heading(entry, wording))
    for note in filter(None, (entry.tally, *entry.notes, entry.overridden)):
        lines += bullet(note, 5)
    # The leading explanation gets more room than the others.
    shown = limit if limit is None or entry.rank == 1 else limit - 1
    for head, points in (
        (heads["for"], entry.points_for),
        (heads["against"], entry.points_against),
    ):
        for point in points[:shown]:
            lines += bullet(f"{head}{colon}{cited(point, wording)}", 5)
    missing = dict.fromkeys(point.label for point in entry.points_missing)
    if missing:
        labels = wording.marks.semicolon.join(missing)
        lines += bullet(f"{heads['missing_short']}{colon}{labels}.", 5)
    return lines


def entry_heading(entry: Entry, wording: Wording) -> str:
    """Rank, name, kind, grade; the answer that no cause is known has no grade."""
    if not entry.tally:
        return entry_title(entry)
    colon = wording.marks.colon
    return f"{entry_title(entry)} ({entry.kind}){colon}{entry.grade.upper()}"


def short_item(entry: Entry, wording: Wording) -> Item:
    """A hypothesis that is out, with the reasons."""
    reasons = entry_reasons(entry, wording.marks)
    text = f"{entry_title(entry)}{wording.marks.colon}{entry.grade.lower()}"
    return bullet(f"{text} ({reasons})" if reasons else text)


def step_items(wording: Wording, limit: int | None) -> Iterable[Item]:
    """The tests in rank order."""
    for step in wording.steps[:limit]:
        yield bullet(f"{step.rank}. {step.text}")


def answer_details(answer: Answer, wording: Wording) -> Iterable[str]:
    """The sentence, the facts behind it, the details."""
    facts = facts_text(answer.proof.facts, wording.marks)
    because = f"{wording.heads['because']}{wording.marks.colon}{facts}."
    yield f"{answer.text} {because}" if facts else answer.text
    yield from answer.details


def source_items(wording: Wording) -> Iterable[Item]:
    """Each source with its depth and, where nobody verified it, its mark."""
    for source in wording.citations:
        yield bullet(f"{source.id}  {source_text(source, wording.marks)}")


def listing(
    texts: Iterable[str], wording: Wording, *, whole: bool = False
) -> list[Item]:
    """Short texts as one paragraph that is shown or not, or each on its own line."""
    if whole:
        return [bullet(text) for text in texts]
    joined = wording.marks.semicolon.join(text.rstrip(".") for text in texts)
    return [bullet(f"{joined}.")] if joined else []


def proof_blocks(wording: Wording) -> list[Block]:
    """The certificate of every answer and every candidate."""
    answers = [wording.assessment, wording.criterion, wording.pattern, wording.biopsy]
    named = [(answer.short, answer.proof) for answer in answers if answer is not None]
    named += [(f"{e.name}, {e.grade.lower()}", e.proof) for e in wording.entries]
    head = f"{wording.heads['proof']}{wording.marks.colon}"
    return [
        Block(f"proof {name}", f"{head}{name}", tuple(proof_items(proof, wording)))
        for name, proof in named
        if proof != Proof()
    ]


def proof_items(proof: Proof, wording: Wording) -> Iterable[Item]:
    """Facts with their origin, axioms with their sources, vetoes looked for."""
    heads, marks = wording.heads, wording.marks
    yield from (bullet(fact_line(fact)) for fact in proof.facts)
    for id, citation in proof.axioms:
        yield bullet(f"{heads['axiom']} {id} {citation}".rstrip())
    for key, texts in (
        ("looked_for", proof.looked_for),
        ("not_on_record", proof.not_on_record),
        ("overridden", proof.overridden),
    ):
        if texts:
            yield bullet(f"{heads[key]}{marks.colon}{marks.semicolon.join(texts)}")


def cited(point: Point, wording: Wording) -> str:
    """A sentence, its facts, its sources."""
    return f"{point_text(point, wording.marks)} {point.citation}".rstrip()
