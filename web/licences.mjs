// The licences of everything that is inside the built files.
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

const PACKAGE = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/;
// Yasgui comes as one file: its source map names what it was made of, but for styles.
const MAP = "node_modules/@zazuko/yasgui/build/yasgui.esm.js.map";
const INSIDE_STYLES = ["datatables.net-dt"];
const INSIDE_DAGRE = ["@dagrejs/graphlib"];
const OWN_PARTS = ["@zazuko/yasgui-utils", "@zazuko/yasqe", "@zazuko/yasr"];

const HEAD = `The files query.js and query.css of this folder are built from web/ and hold the
following packages, each under its own licence.
`;

// The text of a licence that a package names in package.json and does not bring along.
const MIT = (holders) => `MIT License

Copyright (c) ${holders}

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
`;

/** The text of LICENCES.txt; `inputs` are the paths that the bundler read. */
export async function licences(root, inputs) {
  const map = JSON.parse(await readFile(join(root, MAP), "utf8"));
  const found = [...inputs, ...map.sources].map((path) => path.match(PACKAGE)?.[1]);
  const names = new Set([...found, ...INSIDE_STYLES, ...OWN_PARTS].filter(Boolean));
  const sections = [...names].sort().map((name) => section(root, name));
  return [HEAD, ...(await Promise.all(sections))].join(`\n${"=".repeat(72)}\n\n`);
}

async function section(root, name) {
  const folder = join(root, "node_modules", name);
  const about = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e(\.\w+)?$/i.test(entry));
  const text = file ? await readFile(join(folder, file), "utf8") : stated(name, about);
  return `${name} ${about.version} (${about.license})\n\n${tidy(text)}\n`;
}

function stated(name, about) {
  if (about.license !== "MIT") throw new Error(`no text of the licence of ${name}`);
  const people = [about.author, ...(about.contributors ?? [])];
  const holders = people.map((who) => (who.name ?? who).replace(/\s*<.*/, ""));
  return MIT(holders.join(", "));
}

function tidy(text) {
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  return lines.map((line) => line.trimEnd()).join("\n").trim();
}
