// Elements and texts. Texts stand in the page, in the reader's language; nothing here makes HTML from a text.

export function element(name, kind, text = "") {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  made.textContent = text;
  return made;
}

export function said(word, parts = {}) {
  const text = document.getElementById("ehr-words").content.querySelector(`[data-word="${word}"]`)?.textContent ?? word;
  return Object.entries(parts).reduce((so, [name, value]) => so.replace(`{${name}}`, value), text);
}

export function json(value) {
  const shown = element("pre", "");
  shown.tabIndex = 0;
  shown.append(element("code", "", JSON.stringify(value, null, 2)));
  return shown;
}
