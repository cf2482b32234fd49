/**
 * Yasgui speaks English only and links to where a term was named. This says its words in
 * the page's language and leads to our own pages, as its elements appear.
 */
import { address, config, say } from "./config.js";

// The library's words, and the id of our phrase for each.
const WORDS = {
  "Add a new tab": "query_tool_add_tab",
  "Add tab": "query_tool_add_tab",
  "Close Tab": "query_tool_close_tab",
  "Close other tabs": "query_tool_close_others",
  "Close tab": "query_tool_close_tab",
  "Copy Tab": "query_tool_copy_tab",
  "Download Results": "query_tool_download",
  "Download not supported": "query_tool_no_download",
  "Download result": "query_tool_download",
  "Filter query results": "query_tool_filter",
  "New Tab": "query_tool_add_tab",
  "Page size:": "query_tool_page_size",
  "Press CTRL - <spacebar> to autocomplete": "query_tool_complete",
  "Rename Tab": "query_tool_rename_tab",
  "Run query": "query_run",
  "Share query": "query_tool_share",
  "Show all": "query_tool_show_all",
  "Shows Graph view": "query_view_graph",
  "Shows Response view": "query_view_response",
  "Shows Table view": "query_view_table",
  "Simple view": "query_tool_simple",
  "This line is invalid. Expected:": "query_tool_expected",
  "Undo close Tab": "query_tool_undo_close",
  All: "query_tool_all",
  Ellipse: "query_tool_ellipse",
  False: "query_no",
  Graph: "query_view_graph",
  Response: "query_view_response",
  Table: "query_view_table",
  True: "query_yes",
};
const PATTERNS = [
  [/^(?<rows>\d+) results? in (?<seconds>[\d.]+) seconds?$/, "query_tool_results"],
  [/^Response in (?<seconds>[\d.]+) seconds?$/, "query_tool_time"],
  [/^(?<rows>\d+) results?$/, "query_tool_count"],
];
const ATTRIBUTES = ["title", "aria-label", "placeholder"];
// What comes from the user or from the data is left alone.
const FOREIGN = ".CodeMirror-code, tbody, thead, pre, .tabsList .tab span, .dpo-graph svg";

export function settle(root) {
  const observer = new MutationObserver((records) => {
    for (const { target, type, addedNodes } of records) {
      if (type === "childList") addedNodes.forEach(visit);
      else visit(target);
    }
  });
  visit(root);
  observer.observe(root, {
    attributes: true,
    attributeFilter: [...ATTRIBUTES, "href"],
    characterData: true,
    childList: true,
    subtree: true,
  });
}

function visit(node) {
  if (node.nodeType === Node.TEXT_NODE) translateText(node);
  if (node.nodeType !== Node.ELEMENT_NODE) return;
  if (node.matches(".CodeMirror-code, .CodeMirror-measure")) return;
  dress(node);
  const walker = document.createTreeWalker(node, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const each = walker.currentNode;
    if (each.nodeType === Node.TEXT_NODE) translateText(each);
    else dress(each);
  }
}

function translateText(node) {
  if (node.parentElement?.closest(FOREIGN)) return;
  const said = translate(node.data);
  if (said !== node.data) node.data = said;
}

function dress(element) {
  for (const name of ATTRIBUTES) {
    const value = element.getAttribute(name);
    const said = value && translate(value);
    if (said && said !== value) element.setAttribute(name, said);
  }
  if (element.matches(".yasr_results")) element.dataset.hint = say("query_hint");
  if (element.matches(".yasr a[href]")) leadHome(element);
}

function translate(text) {
  const words = text.trimEnd();
  const rest = text.slice(words.length);
  if (Object.hasOwn(WORDS, words)) return say(WORDS[words]) + rest;
  for (const [pattern, id] of PATTERNS) {
    const found = words.match(pattern);
    if (found) return say(id, mapNumbers(found.groups)) + rest;
  }
  return text;
}

function mapNumbers(groups) {
  const shown = Object.entries(groups).map(([name, digits]) => [
    name,
    Number(digits).toLocaleString(config.language),
  ]);
  return Object.fromEntries(shown);
}

/** A term of ours is read here, also where its permanent address leads elsewhere. */
function leadHome(link) {
  const iri = link.getAttribute("href");
  const here = address(iri);
  if (here === iri) return;
  link.title = iri;
  link.href = here;
}
