/** Tabs, editor and results: Yasgui, bound to our endpoint and to nothing else. */
import { Yasgui } from "@zazuko/yasgui";
import { addCompleters } from "./completion.js";
import { config, endpoint, make, say } from "./config.js";
import { showError } from "./errors.js";
import { GraphView } from "./graph-view.js";
import { settle } from "./library.js";

const LINE = 21; // pixels, as in query.css
const FEWEST = 9;
const MOST = 16;
const UNFOLDED = 6; // lines of prefixes
// What a browser keeps belongs to one address and to one set of questions.
const STORE = `dpo-query ${location.pathname} `;
const KEPT = STORE + config.version;
const QUESTION = "question-";

/** The editor in `host`; `onShow` is told the question of the tab that is shown. */
export function openEditor(host, questions, onShow) {
  const own = takeOldTabs();
  prepare();
  // What a new tab begins with stands in the form for readers without a script.
  const fresh = host.querySelector("textarea").value;
  host.replaceChildren();
  const yasgui = new Yasgui(host, settings(fresh));
  settle(host);
  const editor = new Editor(yasgui, questions, onShow);
  editor.begin(own);
  return editor;
}

class Editor {
  constructor(yasgui, questions, onShow) {
    this.yasgui = yasgui;
    this.onShow = onShow;
    this.folded = new WeakSet();
    this.questions = new Map(questions.map((question) => [question.id, question]));
    this.wording = make("p", "wording");
    yasgui.rootEl.insertBefore(this.wording, yasgui.tabPanelsEl);
    for (const event of ["tabSelect", "tabAdd", "tabClose", "tabChange"]) {
      yasgui.on(event, () => queueMicrotask(() => this.describe()));
    }
    yasgui.on("query", (_, tab) => chooseView(tab));
  }

  /** The tabs of last time with today's wording, or the first questions and `own`. */
  begin(own) {
    const open = Object.values(this.yasgui._tabs);
    for (const tab of open) {
      const question = this.questions.get(questionId(tab));
      if (question && tab.getName() !== question.title) tab.setName(question.title);
    }
    if (open.length === 0) {
      const first = [...this.questions.values()].filter((question) => question.first);
      first.forEach((question, index) => this.open(question, index === 0));
      for (const { name, yasqe } of own) this.yasgui.addTab(false, { name, yasqe });
    }
    if (!this.yasgui.getTab()) this.yasgui.addTab(true);
    this.describe();
  }

  /** Open the question and run it; a tab whose query was changed is left alone. */
  ask(question) {
    const tab = Object.values(this.yasgui._tabs).find(
      (candidate) => questionId(candidate) === question.id && query(candidate) === question.text,
    );
    if (tab) this.yasgui.selectTabId(tab.getId());
    const asked = tab ?? this.open(question, true);
    const { top } = this.yasgui.rootEl.getBoundingClientRect();
    if (top < 0 || top > innerHeight / 2) this.yasgui.rootEl.scrollIntoView();
    asked.query().catch(() => {}); // the results say it
  }

  open(question, active) {
    const id = QUESTION + question.id;
    const lines = question.text.split("\n").length + 1;
    return this.yasgui.addTab(active, {
      // A second tab of one question needs another id, and keeps the name.
      id: this.yasgui.getTab(id) ? `${id}.${Date.now().toString(36)}` : id,
      name: question.title,
      yasqe: { value: question.text, editorHeight: height(lines) },
    });
  }

  /** Once for each tab: many prefixes would hide the query. */
  foldPrefixes(tab) {
    const editor = tab.getYasqe();
    if (!editor || this.folded.has(editor)) return;
    this.folded.add(editor);
    if (prefixLines(editor.getValue()) > UNFOLDED) editor.collapsePrefixes(true);
  }

  /** Above the editor, the whole wording: a tab has room for its beginning only. */
  describe() {
    const tab = this.yasgui.getTab();
    const question = tab && this.questions.get(questionId(tab));
    this.wording.textContent = question ? question.title : "";
    this.onShow(question?.id);
    for (const link of this.yasgui.rootEl.querySelectorAll(".tabsList [role=tab]")) {
      link.title = link.querySelector("span").textContent;
    }
    showWhole(this.yasgui.rootEl.querySelector(".tabsList .tab.active"));
    if (tab) this.foldPrefixes(tab);
    const field = tab?.getYasqe()?.getInputField();
    field?.setAttribute("aria-label", say("query_editor"));
  }
}

/** Scroll the row of tabs, and nothing else, to one of them. */
function showWhole(tab) {
  if (!tab) return;
  const row = tab.parentElement;
  const left = tab.offsetLeft - row.offsetLeft;
  const hidden = left < row.scrollLeft || left + tab.offsetWidth > row.scrollLeft + row.clientWidth;
  if (hidden) row.scrollLeft = left;
}

function questionId(tab) {
  const id = tab.getId();
  return id.startsWith(QUESTION) ? id.slice(QUESTION.length).split(".")[0] : "";
}

/** The text of a tab, which has an editor only once it was shown. */
function query(tab) {
  return tab.getYasqe()?.getValue() ?? tab.getPersistedJson().yasqe.value;
}

const prefixLines = (text) => text.split("\n").filter((line) => /^prefix\b/i.test(line)).length;

function height(lines) {
  return `${Math.min(Math.max(lines, FEWEST), MOST) * LINE}px`;
}

/** A graph is drawn and rows are listed, whichever was looked at before. */
function chooseView(tab) {
  const yasr = tab.getYasr();
  const isGraph = ["CONSTRUCT", "DESCRIBE"].includes(tab.getYasqe().getQueryType());
  const shown = yasr.getSelectedPluginName();
  // Not selectPlugin, which would draw the answer that is about to go.
  if (isGraph && shown === "table") yasr.selectedPlugin = "graph";
  if (!isGraph && shown === "graph") yasr.selectedPlugin = "table";
}

function prepare() {
  const { Yasqe, Yasr, Tab } = Yasgui;
  addCompleters(Yasqe);
  Yasr.registerPlugin("graph", GraphView);
  // Cells with all their text: answers hold sentences.
  Yasr.defaults.plugins.table = { enabled: true, dynamicConfig: { isEllipsed: false } };
  Yasr.defaults.pluginOrder = ["table", "graph", "response"];
  Yasr.defaults.errorRenderers = [showError];
  Object.assign(Yasr.plugins.table.defaults.tableConfig.language, {
    info: say("query_rows", { first: "_START_", last: "_END_", all: "_TOTAL_" }),
    infoEmpty: say("query_rows_none"),
    infoFiltered: "",
    emptyTable: say("query_rows_none"),
    zeroRecords: say("query_rows_unmatched"),
  });
  Tab.prototype.getShareableLink = function () {
    const link = new URLSearchParams({ query: query(this), tabTitle: this.getName() });
    // The reader of the link takes a plus for a plus.
    return `${endpoint}#${link.toString().replaceAll("+", "%20")}`;
  };
}

const request = () => ({
  endpoint,
  method: "POST",
  acceptHeaderGraph: "text/turtle",
  acceptHeaderSelect: "application/sparql-results+json",
});

function settings(fresh) {
  return {
    autofocus: false,
    autoAddOnInit: false,
    copyEndpointOnNewTab: false,
    persistenceId: KEPT,
    // A link brings a query and a name; where it is sent is ours to say.
    populateFromUrl: (tab) => ({
      ...tab,
      requestConfig: { ...Yasgui.defaults.requestConfig, ...request() },
      yasr: { ...tab.yasr, settings: { selectedPlugin: "table", pluginsConfig: {} } },
    }),
    tabName: say("query_tab"),
    requestConfig: request(),
    endpointCatalogueOptions: { getData: () => [] },
    yasqe: { value: fresh, editorHeight: height(FEWEST) },
    yasr: { prefixes: config.prefixes, defaultPlugin: "table" },
  };
}

/**
 * The tabs that somebody wrote before the questions changed; the rest of that state goes.
 * Written by Yasgui as {val: {tabs, tabConfig}}.
 */
function takeOldTabs() {
  const found = [];
  try {
    for (const key of Object.keys(localStorage)) {
      if (!key.startsWith(STORE) || key.startsWith(KEPT)) continue;
      const { tabs, tabConfig } = JSON.parse(localStorage.getItem(key)).val;
      found.push(...tabs.filter((id) => !id.startsWith(QUESTION)).map((id) => tabConfig[id]));
      localStorage.removeItem(key);
    }
  } catch {
    // A browser that keeps nothing, or a state that another release wrote otherwise.
  }
  return found;
}
