// Helps with the forms: nothing is sent twice, and a chosen or dropped file is shown before it is sent.

for (const form of document.querySelectorAll("[data-submit-once]")) {
  form.addEventListener("submit", () => {
    const button = form.querySelector("button");
    // Disabled only after the browser has taken the form's fields.
    setTimeout(() => {
      button.disabled = true;
      button.dataset.label = button.textContent;
      button.textContent = "Sending …";
    });
  });
}

// Back from the next page: the form can be sent again.
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button[data-label]")) {
    button.disabled = false;
    button.textContent = button.dataset.label;
  }
});

for (const input of document.querySelectorAll("[data-file-into]")) {
  const area = document.querySelector(input.dataset.fileInto);
  area.addEventListener("dragover", (event) => event.preventDefault());
  area.addEventListener("drop", (event) => {
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    input.files = event.dataTransfer.files;
    input.focus();
  });
}
