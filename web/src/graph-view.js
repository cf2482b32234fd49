/**
 * The graph view: a result of triples, drawn from left to right as SVG.
 *
 * Its links and texts are part of the page, so that keyboard, search and screen readers
 * reach them; a graph that would be no picture any more is counted and not drawn.
 */
import { Graph, layout } from "@dagrejs/dagre";
import { address, config, make, say } from "./config.js";
import { readGraph } from "./graph.js";
import { labels } from "./labels.js";

const SVG = "http://www.w3.org/2000/svg";
const MOST_NODES = 250;
const MOST_EDGES = 500;
// Beyond this many edges their labels hide the picture; colours and the legend stay.
const LABELLED = 20;
const COLOURS = 8; // and dashes, as many as query.css has
const LINES = 3; // literal values shown in a box; the rest in its tooltip
const WIDEST = 30; // characters in a row of a box
const TITLE = 13;
const SMALL = 11;
const ROW = 16;
const PADDING = 10;
const STEP = 1.25;
const SMALLEST = 0.2;
const LARGEST = 3;
const LEGIBLE = 0.85;
const STYLES = [
  "fill", "stroke", "stroke-width", "stroke-dasharray", "font-family", "font-size",
  "font-weight", "text-anchor", "paint-order",
];

export class GraphView {
  priority = 5;
  label = "Graph";

  constructor(yasr) {
    this.yasr = yasr;
  }

  canHandleResults() {
    this.yasr.results?.getAsJson(); // finds out the type
    return this.yasr.results?.getType() === "ttl";
  }

  getIcon() {
    const icon = svg("svg", { viewBox: "0 0 16 16", width: 15, height: 15, "aria-hidden": true });
    icon.append(
      svg("path", { d: "M4 8 L12 3.5 M4 8 L12 12.5", stroke: "currentColor", fill: "none" }),
      ...[[3.5, 8], [12.5, 3.5], [12.5, 12.5]].map(([cx, cy]) =>
        svg("circle", { cx, cy, r: 2.4, fill: "currentColor" }),
      ),
    );
    const span = make("span", "svgImg");
    span.append(icon);
    return span;
  }

  async draw() {
    const graph = readGraph(this.yasr.results.getStatements() ?? [], await labels());
    const view = make("div", "dpo-graph");
    this.picture = undefined;
    const counts = { nodes: graph.nodes.length, edges: graph.edges.length };
    if (counts.nodes === 0) {
      view.append(make("p", "", say("query_graph_empty")));
    } else if (counts.nodes > MOST_NODES || counts.edges > MOST_EDGES) {
      view.append(make("p", "", say("query_graph_large", counts)));
    } else {
      this.drawInto(view, graph);
    }
    this.yasr.resultsEl.replaceChildren(view);
    if (this.picture) this.fit();
  }

  drawInto(view, graph) {
    const colours = colourOf(graph.edges);
    this.picture = picture(graph, colours);
    this.natural = this.picture.viewBox.baseVal;
    this.frame = make("div", "dpo-graph-frame");
    this.frame.append(this.picture);
    panByDragging(this.frame);
    view.append(legend(colours), this.frame);
    this.yasr.pluginControls.replaceChildren(this.controls(graph));
  }

  controls(graph) {
    const bar = make("div", "dpo-graph-controls");
    const counts = { nodes: graph.nodes.length, edges: graph.edges.length };
    bar.append(make("span", "", say("query_graph_counts", counts)));
    for (const [text, id, action] of [
      ["−", "query_graph_smaller", () => this.scaleTo(this.scale / STEP)],
      ["+", "query_graph_larger", () => this.scaleTo(this.scale * STEP)],
      ["1:1", "query_graph_actual", () => this.scaleTo(1)],
      ["⤢", "query_graph_fit", () => this.scaleTo(this.whole())],
    ]) {
      const button = make("button", "", text);
      button.type = "button";
      button.title = say(id);
      button.setAttribute("aria-label", say(id));
      button.addEventListener("click", action);
      bar.append(button);
    }
    return bar;
  }

  /** The scale at which all of it is seen. */
  whole() {
    const across = (this.frame.clientWidth - 2) / this.natural.width;
    const down = (innerHeight * 0.75) / this.natural.height;
    return Math.min(across, down, 1);
  }

  /** All of it if that can be read, else its full width or a legible part. */
  fit() {
    const across = (this.frame.clientWidth - 2) / this.natural.width;
    const whole = this.whole();
    this.scaleTo(whole >= LEGIBLE ? whole : Math.max(LEGIBLE, Math.min(across, 1)));
  }

  scaleTo(scale) {
    this.scale = Math.min(Math.max(scale, SMALLEST), LARGEST);
    this.picture.setAttribute("width", Math.round(this.natural.width * this.scale));
    this.picture.setAttribute("height", Math.round(this.natural.height * this.scale));
  }

  download(name) {
    if (!this.picture) return undefined;
    return {
      getData: () => alone(this.picture),
      contentType: "image/svg+xml",
      filename: `${name || "graph"}.svg`,
      title: say("query_tool_download"),
    };
  }
}

/** The colour of each property, in the order of how often it is used. */
function colourOf(edges) {
  const uses = new Map();
  for (const property of edges.flatMap((edge) => edge.properties)) {
    uses.set(property, (uses.get(property) ?? 0) + 1);
  }
  const byUse = [...uses].sort((one, other) => other[1] - one[1] || (one[0] < other[0] ? -1 : 1));
  return new Map(byUse.map(([property], index) => [property, Math.min(index, COLOURS - 1)]));
}

function legend(colours) {
  const list = make("ul", "dpo-graph-legend");
  for (const [property, colour] of colours) {
    list.append(make("li", `edge-${colour}`, property));
  }
  return list;
}

let pictures = 0;

function picture({ nodes, edges }, colours) {
  const labelled = colours.size > 1 && edges.length <= LABELLED;
  const graph = arrange(nodes, edges, labelled);
  const { width, height } = graph.graph();
  const root = svg("svg", { viewBox: `0 0 ${Math.ceil(width)} ${Math.ceil(height)}` });
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", say("query_view_graph"));
  // Of its own for each picture: another tab's is not drawn, and then neither are these.
  const heads = `arrow-${(pictures += 1)}`;
  const arrows = edges.map((edge) => {
    const ends = [graph.node(edge.from), graph.node(edge.to)];
    const points = between(ends, graph.edge(edge.from, edge.to).points);
    const colour = colours.get(edge.properties[0]);
    // At the end where fewer edges meet.
    const atEnd = graph.inEdges(edge.to).length <= graph.outEdges(edge.from).length;
    return {
      line: arrow(edge, points, colour, heads),
      label: edgeLabel(edge, points, colour, atEnd),
    };
  });
  const boxes = nodes.map((node) => box(node, graph.node(node.key)));
  const lines = arrows.map((each) => each.line);
  const texts = labelled ? arrows.map((each) => each.label) : [];
  root.append(arrowHeads(heads), ...lines, ...boxes, ...texts);
  return root;
}

function arrange(nodes, edges, labelled) {
  const graph = new Graph({ directed: true });
  graph.setGraph({
    rankdir: "LR", nodesep: 14, edgesep: 10, ranksep: labelled ? 110 : 90, marginx: 8, marginy: 8,
  });
  const sizes = nodes.map(measure);
  // Of one width, so that the boxes of a column stand in line.
  const width = Math.max(...sizes.map((size) => size.width));
  nodes.forEach((node, index) => graph.setNode(node.key, { ...sizes[index], width }));
  for (const edge of edges) {
    const text = labelled ? edge.properties.join(", ") : "";
    const size = text ? { width: textWidth(text, SMALL) + 14, height: ROW } : {};
    graph.setEdge(edge.from, edge.to, { ...size, labelpos: "c", text });
  }
  layout(graph);
  return graph;
}

function measure(node) {
  node.titleRows = wrap(node.title);
  node.shownLines = node.lines.slice(0, LINES).map(([name, value]) => clip(`${name}: ${value}`));
  const left = node.lines.length - node.shownLines.length;
  if (left > 0) node.shownLines.push(`+ ${left}`);
  node.small = [...(node.title === node.name ? [] : [clip(node.name)]), ...node.shownLines];
  const wide = [
    ...node.titleRows.map((row) => textWidth(row, TITLE, 600)),
    ...node.small.map((row) => textWidth(row, SMALL)),
  ];
  return {
    width: Math.ceil(Math.max(...wide)) + 2 * PADDING,
    height: node.titleRows.length * (ROW + 1) + node.small.length * ROW + 2 * PADDING - 6,
  };
}

const canvas = document.createElement("canvas").getContext("2d");

function textWidth(text, size, weight = 400) {
  const { fontFamily } = getComputedStyle(document.body);
  canvas.font = `${weight} ${size}px ${fontFamily}`;
  return canvas.measureText(text).width;
}

/** At most two rows, broken between words. */
function wrap(text) {
  if (text.length <= WIDEST) return [text];
  const cut = text.lastIndexOf(" ", WIDEST);
  return cut > 0 ? [text.slice(0, cut), clip(text.slice(cut + 1))] : [clip(text)];
}

function clip(text) {
  return text.length > WIDEST + 4 ? `${text.slice(0, WIDEST + 3)}…` : text;
}

function box(node, { x, y, width, height }) {
  const own = node.iri.startsWith(config.base);
  const kind = node.iri ? (own ? "own" : "other") : "blank";
  const group = svg(node.iri ? "a" : "g", { class: `node ${kind}` });
  if (/^https?:/.test(node.iri)) {
    group.setAttribute("href", address(node.iri));
    group.setAttribute("target", "_blank");
    group.setAttribute("rel", "noopener noreferrer");
  }
  const left = x - width / 2;
  const top = y - height / 2;
  const tip = [node.title, node.iri, ...node.lines.map(([name, value]) => `${name}: ${value}`)];
  group.append(
    svg("title", {}, tip.filter(Boolean).join("\n")),
    svg("rect", { x: left, y: top, width, height, rx: 5 }),
  );
  let line = top + PADDING + 9;
  for (const row of node.titleRows) {
    group.append(svg("text", { class: "name", x: left + PADDING, y: line }, row));
    line += ROW + 1;
  }
  for (const row of node.small) {
    group.append(svg("text", { class: "small", x: left + PADDING, y: line }, row));
    line += ROW;
  }
  return group;
}

function arrow(edge, points, colour, heads) {
  const group = svg("g", { class: `edge edge-${colour}` });
  group.append(
    svg("title", {}, edge.properties.join(", ")),
    svg("path", { d: smooth(points), "marker-end": `url(#${heads}-${colour})` }),
  );
  return group;
}

function edgeLabel(edge, points, colour, atEnd) {
  const { x, y } = points[atEnd ? points.length - 1 : 0];
  const forward = points[0].x < points[points.length - 1].x;
  const left = atEnd === forward;
  const place = { x: x + (left ? -12 : 12), y: y - 4, "text-anchor": left ? "end" : "start" };
  return svg("text", { class: `edge-text edge-${colour}`, ...place }, edge.properties.join(", "));
}

/**
 * From the right side of one box to the left side of the other, as they lie. Of the
 * points in between those of whole columns stay: dagre puts one between two columns too.
 */
function between([from, to], points) {
  const forward = from.x < to.x ? 1 : -1;
  return [
    { x: from.x + (forward * from.width) / 2, y: from.y },
    ...points.slice(1, -1).filter((_, index) => index % 2 === 1),
    { x: to.x - (forward * to.width) / 2, y: to.y },
  ];
}

/** Level at every point, so that edges leave and reach the boxes straight. */
function smooth(points) {
  const [first, ...rest] = points;
  let before = first;
  const parts = rest.map((point) => {
    const middle = (before.x + point.x) / 2;
    const controls = [{ x: middle, y: before.y }, { x: middle, y: point.y }];
    before = point;
    return `C${[...controls, point].map(round).join(" ")}`;
  });
  return `M${round(first)} ${parts.join(" ")}`;
}

const round = ({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`;

function arrowHeads(heads) {
  const defs = svg("defs");
  for (let colour = 0; colour < COLOURS; colour += 1) {
    const marker = svg("marker", {
      id: `${heads}-${colour}`, class: `edge-${colour}`, viewBox: "0 0 8 8", refX: 7.5, refY: 4,
      markerWidth: 7, markerHeight: 7, orient: "auto-start-reverse",
    });
    marker.append(svg("path", { d: "M0,0.5 L8,4 L0,7.5 z", class: "head" }));
    defs.append(marker);
  }
  return defs;
}

function svg(name, attributes = {}, text = "") {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text) element.textContent = text;
  return element;
}

/** The picture without this page's style sheet, for a file. */
function alone(picture) {
  const copy = picture.cloneNode(true);
  copy.setAttribute("xmlns", SVG);
  const pairs = [picture.querySelectorAll("*"), copy.querySelectorAll("*")];
  pairs[0].forEach((drawn, index) => {
    const style = getComputedStyle(drawn);
    for (const name of STYLES) pairs[1][index].setAttribute(name, style.getPropertyValue(name));
  });
  return new XMLSerializer().serializeToString(copy);
}

/** A mouse pulls the picture; fingers and keys scroll it as any page. */
function panByDragging(frame) {
  let held;
  frame.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse" || event.button !== 0 || event.target.closest("a")) return;
    held = { x: event.clientX + frame.scrollLeft, y: event.clientY + frame.scrollTop };
    frame.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  frame.addEventListener("pointermove", (event) => {
    if (!held) return;
    frame.scrollLeft = held.x - event.clientX;
    frame.scrollTop = held.y - event.clientY;
  });
  for (const end of ["pointerup", "pointercancel"]) {
    frame.addEventListener(end, () => (held = undefined));
  }
}
