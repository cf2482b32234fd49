/** The query page: questions beside an editor, answers as a table or a graph. */
import "./query.css";
import { openEditor } from "./editor.js";
import { listQuestions } from "./questions.js";

const page = document.querySelector(".query-page");
const questions = listQuestions(page.querySelector(".questions"));
const editor = openEditor(page.querySelector(".query-editor"), questions.all, questions.mark);
questions.onChoose((question) => editor.ask(question));
page.classList.add("ready");
