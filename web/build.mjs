// Builds the query page: `node build.mjs` writes, `node build.mjs --check` compares.
//
// What is written is committed, so that a user of the service needs no Node. The same
// lock file gives the same bytes on every machine.
import { readFile, readdir, writeFile, mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { licences } from "./licences.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const TARGET = join(HERE, "..", "service", "web", "static", "yasgui");

// The policy of the page forbids what these lines of the libraries do: evaluate text,
// add a style element, set a style in HTML. Each must be found exactly once, so that
// an upgrade that changes one of them stops here and not in a browser.
const PATCHES = [
  // A stand-in for JSON.parse in browsers that have none.
  ['j = eval("(" + text + ")")', "j = undefined"],
  // column-resizer's own style sheet: its rules stand in src/query.css.
  ['"createStyle", (function(e, n) {', '"createStyle", (function() { return;'],
  ["<strong style='text-decoration:underline'>", "<strong>"],
];

const patch = {
  name: "patch",
  setup({ onLoad }) {
    onLoad({ filter: /yasgui\.esm\.js$/ }, async ({ path }) => {
      let contents = await readFile(path, "utf8");
      for (const [before, after] of PATCHES) {
        const found = contents.split(before).length - 1;
        if (found !== 1) throw new Error(`patch found ${found} times: ${before}`);
        contents = contents.replace(before, () => after);
      }
      return { contents, loader: "js" };
    });
  },
};

async function bundle() {
  const done = await build({
    absWorkingDir: HERE,
    entryPoints: { query: "src/main.js" },
    outdir: TARGET,
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    plugins: [patch],
    metafile: true,
    write: false,
  });
  const files = new Map(
    done.outputFiles.map((file) => [file.path.slice(TARGET.length + 1), file.text]),
  );
  files.set("LICENCES.txt", await licences(HERE, Object.keys(done.metafile.inputs)));
  return files;
}

async function present() {
  const names = await readdir(TARGET).catch(() => []);
  const read = (name) => readFile(join(TARGET, name), "utf8");
  return new Map(
    await Promise.all(names.sort().map(async (name) => [name, await read(name)])),
  );
}

async function write(files) {
  await rm(TARGET, { recursive: true, force: true });
  await mkdir(TARGET, { recursive: true });
  for (const [name, text] of files) await writeFile(join(TARGET, name), text);
}

const built = await bundle();
if (process.argv.includes("--check")) {
  const shipped = await present();
  const names = [...new Set([...built.keys(), ...shipped.keys()])].sort();
  const different = names.filter((name) => built.get(name) !== shipped.get(name));
  if (different.length > 0) {
    console.error(`Not what the build gives: ${different.join(", ")}. Run npm run build.`);
    process.exit(1);
  }
  console.log(`Equal to the build: ${names.join(", ")}.`);
} else {
  await write(built);
  for (const [name, text] of built) console.log(`${name}: ${Buffer.byteLength(text)} bytes`);
}
