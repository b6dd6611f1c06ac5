// Enhances the patient page: sources in a dialog, everything unfolded in print, what-if. Without it all can be read.
import { whatIf } from "./whatif.js";

const dialog = document.getElementById("source-dialog");

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#resource-']");
  if (!link || !dialog || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const source = document.getElementById(link.hash.slice(1));
  if (!source) return;
  event.preventDefault();
  dialog.querySelector("h2").textContent = source.getAttribute("aria-label");
  dialog.querySelector("pre code").textContent = source.textContent;
  dialog.showModal();
});
dialog?.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });

// Counts on a trial's sheet lead to its rows, which may be folded.
document.addEventListener("click", (event) => {
  const count = event.target.closest("a.count");
  if (count) document.getElementById(count.hash.slice(1))?.setAttribute("open", "");
});

let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("details.group:not([open])")];
  folded.forEach((group) => { group.open = true; });
});
addEventListener("afterprint", () => folded.forEach((group) => { group.open = false; }));

whatIf(document.getElementById("what-if-panel"));
document.documentElement.dataset.ready = "yes";
