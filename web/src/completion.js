/** Completion from the dataset alone: its prefixes, and our terms by name or label. */
import { config, shorten } from "./config.js";
import { labels } from "./labels.js";

const MOST = 50;
const SHORTEST = 3;

export function addCompleters(Yasqe) {
  Yasqe.forkAutocompleter(
    "prefixes",
    {
      name: "dpo-prefixes",
      persistenceId: () => undefined,
      get: () => Object.entries(config.prefixes).map(([name, space]) => `${name}: <${space}>`),
    },
    false,
  );
  Yasqe.registerAutocompleter(
    {
      name: "dpo-terms",
      bulk: false,
      isValidCompletionPosition: (yasqe) => wanted(yasqe.getCompleteToken()) !== "",
      get: async (_, token) => (token ? find(wanted(token), await labels()) : []),
      postprocessHints: label,
    },
    false,
  );
  // The library's own would ask services elsewhere for classes and properties.
  Yasqe.defaults.autocompleters = ["variables", "dpo-prefixes", "dpo-terms"];
}

/** What is being typed, if it can be a term: `dpo:...`, or a word that is no keyword. */
function wanted(token) {
  const typed = token.string.trim();
  if (/^dpo:[\w-]*$/.test(typed)) return typed.slice(4);
  const isWord = /^\p{L}[\p{L}\w-]*$/u.test(typed) && token.type === "error";
  return isWord && typed.length >= SHORTEST ? typed : "";
}

function find(typed, known) {
  const words = typed.toLowerCase().replaceAll("_", " ");
  const rank = ([iri, label]) => {
    const name = iri.slice(config.base.length).replaceAll("_", " ").toLowerCase();
    if (name.startsWith(words)) return 0;
    if (label.toLowerCase().startsWith(words)) return 1;
    return name.includes(words) || label.toLowerCase().includes(words) ? 2 : 3;
  };
  return [...known]
    .map((entry) => ({ iri: entry[0], rank: rank(entry) }))
    .filter((entry) => entry.rank < 3)
    .sort((one, other) => one.rank - other.rank || (one.iri < other.iri ? -1 : 1))
    .slice(0, MOST)
    .map((entry) => shorten(entry.iri));
}

async function label(_, hints) {
  const known = await labels();
  for (const hint of hints) {
    const label = known.get(config.base + hint.text.replace(/^dpo:/, ""));
    if (label) hint.displayText = `${hint.text}   ${label}`;
  }
  return hints;
}
