/** What the page tells its script: see service/web/query_page.py. */
export const config = JSON.parse(document.getElementById("query-config").textContent);

/** The endpoint is this very page, wherever it is mounted. */
export const endpoint = location.origin + location.pathname.replace(/\/+$/, "");

/** A phrase in the page's language with its places filled. */
export function say(id, places = {}) {
  return config.words[id].replace(/\{(\w+)\}/g, (_, name) => places[name] ?? "");
}

/** An IRI by a prefix of the dataset; unchanged where none fits. */
export function shorten(iri) {
  for (const [prefix, space] of Object.entries(config.prefixes)) {
    if (iri.startsWith(space) && iri.length > space.length) {
      return `${prefix}:${iri.slice(space.length)}`;
    }
  }
  return iri;
}

/** The address where an IRI can be read: our own terms are served here. */
export function address(iri) {
  return iri.startsWith(config.base)
    ? new URL(config.terms + iri.slice(config.base.length), endpoint).href
    : iri;
}

/** An element with its class and text. */
export function make(name, className = "", text = "") {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}
