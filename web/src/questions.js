/**
 * The list of questions: stands in the page as text that opens, for readers without a
 * script; here each becomes a button, and a field above finds them by their words.
 */
import { make, say } from "./config.js";

export function listQuestions(root) {
  const items = [...root.querySelectorAll("[data-question]")];
  const all = items.map((item) => ({
    id: item.dataset.question,
    title: item.querySelector("summary").textContent.trim(),
    text: item.querySelector("code").textContent,
    first: item.hasAttribute("data-first"),
  }));
  let choose = () => {};
  items.forEach((item, index) => {
    const button = make("button", "", all[index].title);
    button.type = "button";
    button.addEventListener("click", () => choose(all[index]));
    item.replaceChildren(button);
  });
  addSearch(root, items, all);
  const mark = (id) => {
    for (const item of items) {
      item.firstChild.setAttribute("aria-current", String(item.dataset.question === id));
    }
  };
  return { all, mark, onChoose: (listener) => (choose = listener) };
}

function addSearch(root, items, all) {
  const field = make("input");
  field.type = "search";
  field.placeholder = say("query_search");
  field.setAttribute("aria-label", say("query_search"));
  const none = make("p", "none", say("query_search_none"));
  none.setAttribute("role", "status");
  none.hidden = true;
  root.querySelector(".question-groups").before(field, none);
  const searched = all.map((question) => plain(`${question.title} ${question.id}`));
  field.addEventListener("input", () => {
    const words = plain(field.value).split(/\s+/);
    items.forEach((item, index) => {
      item.hidden = !words.every((word) => searched[index].includes(word));
    });
    for (const group of root.querySelectorAll(".question-group")) {
      const found = group.querySelectorAll("[data-question]:not([hidden])").length;
      group.querySelector(".count").textContent = found;
      group.hidden = found === 0;
      if (field.value) group.open = true;
    }
    none.hidden = items.some((item) => !item.hidden);
  });
}

/** Without case and accents, as people search. */
function plain(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
