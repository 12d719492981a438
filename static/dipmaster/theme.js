// Loaded before the page is drawn, so that no theme flashes: applies the choice kept in this browser.
(() => {
  const KEY = "dipmaster-theme";
  const media = window.matchMedia("(prefers-color-scheme: light)");
  const choice = () => {
    const kept = localStorage.getItem(KEY);
    return kept === "light" || kept === "system" ? kept : "dark";
  };
  const apply = () => {
    const chosen = choice();
    const theme = chosen === "system" ? (media.matches ? "light" : "dark") : chosen;
    document.documentElement.dataset.bsTheme = theme;
    document.documentElement.dataset.themeChoice = chosen;
    document.dispatchEvent(new CustomEvent("themechange", { detail: { theme, chosen } }));
  };
  media.addEventListener("change", apply);
  window.dipmasterTheme = {
    choice,
    set(chosen) {
      localStorage.setItem(KEY, chosen);
      apply();
    },
  };
  apply();
})();
