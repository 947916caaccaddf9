// Switches the theme without reloading the page. Without JavaScript, submitting the form switches it.
const form = document.querySelector("[data-theme-form]");

form?.addEventListener("submit", async (event) => {
  const button = event.submitter;
  if (!button) return;
  event.preventDefault();
  const body = new URLSearchParams({ theme: button.value, back: "/" });
  await fetch(form.action, { method: "POST", body, redirect: "manual" });
  document.documentElement.dataset.theme = button.value;
  document.querySelector("meta[name=color-scheme]").content = button.value === "auto" ? "light dark" : button.value;
  for (const other of form.querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === button));
});
