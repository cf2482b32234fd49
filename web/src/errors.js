/** An error of the endpoint in its own words, and not as JSON. */
import { make, say } from "./config.js";

export async function showError(error) {
  const box = make("div", "query-error");
  box.append(make("strong", "", say("query_error")));
  for (const line of lines(error.text ?? "")) box.append(make("p", "", line));
  return box;
}

function lines(text) {
  let said;
  try {
    said = JSON.parse(text);
  } catch {
    // A proxy's page, or the browser's own words when nobody answered.
    return /^\s*</.test(text) ? [say("query_error_unread")] : [text || say("query_error_unread")];
  }
  const issues = (said.issue ?? []).map((issue) => issue.details?.text ?? issue.diagnostics);
  const found = issues.filter(Boolean);
  return found.length > 0 ? found : [said.detail ?? said.title ?? text];
}
