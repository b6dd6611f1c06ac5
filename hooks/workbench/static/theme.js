// Runs before the page is painted. The address wins and is remembered; otherwise what was chosen last; else the system's.
(() => {
  const key = "trial-hooks-theme", root = document.documentElement;
  root.dataset.scripts = "yes";
  try {
    if (root.dataset.theme) localStorage.setItem(key, root.dataset.theme);
    else if (localStorage.getItem(key)) root.dataset.theme = localStorage.getItem(key);
  } catch { /* Storage is refused in some frames: then the address alone decides. */ }
  document.addEventListener("click", (event) => {
    const choice = event.target.closest?.("[data-theme-choice]");
    if (!choice) return;
    event.preventDefault();
    root.dataset.theme = choice.dataset.themeChoice;
    try { localStorage.setItem(key, root.dataset.theme); } catch { /* as above */ }
  });
})();
