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
      box.setAttribute("role", "group");
      box.setAttribute("aria-label", box.matches("pre") ? "Code, scrolls" : "Scrolls sideways");
    } else {
      box.removeAttribute("tabindex");
      box.removeAttribute("role");
      box.removeAttribute("aria-label");
    }
  };
  const watcher = new ResizeObserver((entries) => entries.forEach((e) => reach(e.target)));
  boxes.forEach((box) => watcher.observe(box));

  // The sign beside whatever has a tag opens a card that says how to cite it. Without this script
  // the sign leads to the tag's own address.
  const page = document.querySelector(".udl-cite");
  let card;
  const make = (name, text, parent, more = {}) => {
    const e = Object.assign(document.createElement(name), more);
    e.append(text);
    parent.append(e);
    return e;
  };
  const copier = (name, text, parent) => {
    const button = make("button", name, parent, { type: "button" });
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(card.querySelector("p"));  // to be copied by hand
      }
    });
  };
  const show = ({ tag, what }) => {
    const link = `${page.dataset.home}${tag}/`;
    const words = page.dataset.words + (what ? `${what}. ` : "") + link;
    const folder = `${page.dataset.folder}${tag}/`;
    card?.remove();
    card = make("dialog", "", document.body, { className: "udl-card" });
    card.setAttribute("aria-labelledby", "udl-card-name");
    make("h2", what || document.title, card, { id: "udl-card-name" });
    make("p", words, card);
    const actions = make("div", "", card, { className: "udl-files" });
    copier("Copy citation", words, actions);
    copier("Copy link", link, actions);
    for (const [ending, name] of [["bib", "BibTeX"], ["ris", "RIS"], ["json", "CSL JSON"]])
      make("a", name, actions, { href: `${folder}cite.${ending}`, download: `udlbook-${tag}.${ending}` });
    make("button", "Close", actions, { type: "button" }).addEventListener("click", () => card.close());
    card.addEventListener("click", (event) => event.target === card && card.close());
    card.showModal();
  };
  if (page)
    document.addEventListener("click", (event) => {
      const sign = event.target.closest?.("a[data-tag]");
      if (!sign || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      show(sign.dataset);
    });

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
