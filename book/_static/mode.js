// Before the first paint: the mode that the reader chose, so that a dark page never flashes white.
// Without a choice, or without a store to keep it in, the system decides.
(() => {
  const root = document.documentElement;
  let mode = "auto";
  try {
    mode = localStorage.getItem("mode") || "auto";
  } catch {
    // a browser may refuse storage; the page still works
  }
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.mode = mode;
  root.dataset.theme = mode === "auto" ? (dark ? "dark" : "light") : mode;
})();
