/** From triples to boxes and arrows: what is a node, what stands inside one. */
import { config, shorten } from "./config.js";

const RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";
// A type from these says what kind of thing it is, and is no thing of the domain.
const GRAMMAR = ["rdf", "rdfs", "owl", "skos"];
// The properties whose value names a thing, best first.
const NAMES = [
  "http://www.w3.org/2000/01/rdf-schema#label",
  "http://www.w3.org/2004/02/skos/core#prefLabel",
  "http://purl.org/dc/terms/title",
];

/**
 * The graph of some triples. A node: `key`, `iri` (none if blank), `title`, `name`, and
 * `lines`, its literal values as [property, value]. An edge: `from`, `to`, `properties`.
 */
export function readGraph(quads, known) {
  const nodes = new Map();
  const edges = new Map();
  for (const { subject, predicate, object } of quads) {
    const from = nodeOf(nodes, subject);
    const property = shorten(predicate.value);
    if (object.termType === "Literal") {
      addLiteral(from, predicate.value, property, object);
    } else if (predicate.value === RDF_TYPE && isGrammar(object.value)) {
      from.lines.push(["a", shorten(object.value)]);
    } else {
      addEdge(edges, from, property, nodeOf(nodes, object));
    }
  }
  for (const node of nodes.values()) entitle(node, known);
  return { nodes: [...nodes.values()], edges: [...edges.values()] };
}

function nodeOf(nodes, term) {
  const blank = term.termType === "BlankNode";
  const key = (blank ? "_:" : "") + term.value;
  if (!nodes.has(key)) {
    nodes.set(key, { key, iri: blank ? "" : term.value, names: [], lines: [] });
  }
  return nodes.get(key);
}

function isGrammar(iri) {
  return GRAMMAR.some((prefix) => iri.startsWith(config.prefixes[prefix] ?? " "));
}

function addLiteral(node, predicate, property, literal) {
  if (NAMES.includes(predicate)) {
    node.names.push({ predicate, property, text: literal.value, language: literal.language });
  } else {
    node.lines.push([property, literal.value]);
  }
}

function addEdge(edges, from, property, to) {
  const key = JSON.stringify([from.key, to.key]);
  if (!edges.has(key)) edges.set(key, { from: from.key, to: to.key, properties: [] });
  const { properties } = edges.get(key);
  if (!properties.includes(property)) properties.push(property);
}

/** The title: a name in the page's language, be it the result's or the term's own. */
function entitle(node, known) {
  node.names.sort(
    (one, other) =>
      foreign(one) - foreign(other) ||
      NAMES.indexOf(one.predicate) - NAMES.indexOf(other.predicate),
  );
  const [best, ...others] = node.names;
  const own = best && !foreign(best) ? best.text : known.get(node.iri);
  node.name = node.iri ? shorten(node.iri) : node.key;
  node.title = own ?? best?.text ?? node.name;
  // The same name in another language is no news; another name is.
  for (const other of others) {
    if (other.predicate !== best.predicate || foreign(other) === foreign(best)) {
      node.lines.unshift([other.property, other.text]);
    }
  }
}

const foreign = (name) => Number(name.language !== config.language);
