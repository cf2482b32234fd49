/** The labels of our terms in the page's language, asked for once and when needed. */
import { config, endpoint } from "./config.js";

let asked;

export function labels() {
  asked ??= load().catch(() => new Map()); // without labels, names are shown
  return asked;
}

async function load() {
  const query = new URLSearchParams({ query: config.labels });
  const accepted = { headers: { Accept: "application/sparql-results+json" } };
  const answer = await fetch(`${endpoint}?${query}`, accepted);
  if (!answer.ok) throw new Error(answer.statusText);
  const rows = (await answer.json()).results.bindings;
  return new Map(rows.map((row) => [row.term.value, row[config.language].value]));
}
