// The little that the pages need beyond the theme's own scripts.
(() => {
  "use strict";

  // A formula or a table that is wider than its box scrolls inside it. The keyboard must reach
  // such a box, and only such a box: a tab stop for each formula would be a tab stop too many.
  const boxes = document.querySelectorAll(".udl-formula, .udl-scroll, .cell_output, pre");
  const reach = (box) => {
    const wide = box.scrollWidth > box.clientWidth + 1;
    if (wide) {
      box.tabIndex = 0;
      box.setAttribute("role", "region");
      box.setAttribute("aria-label", box.matches("pre") ? "Code, scrolls" : "Scrolls sideways");
    } else {
      box.removeAttribute("tabindex");
      box.removeAttribute("role");
      box.removeAttribute("aria-label");
    }
  };
  const watcher = new ResizeObserver((entries) => entries.forEach((e) => reach(e.target)));
  boxes.forEach((box) => watcher.observe(box));

  // Who prints a page wants to see what is folded.
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    closed.forEach((d) => (d.open = true));
  });
  addEventListener("afterprint", () => closed.forEach((d) => (d.open = false)));

  // Name the mode that the switch is in, for those who do not see its icon.
  const root = document.documentElement;
  const words = { auto: "as the system", light: "light", dark: "dark" };
  const name = () =>
    document
      .querySelectorAll(".theme-switch-button")
      .forEach((b) => b.setAttribute("aria-label", `Color mode: ${words[root.dataset.mode]}`));
  new MutationObserver(name).observe(root, { attributeFilter: ["data-mode"] });
  name();
})();
