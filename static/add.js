// Prevents double submission of forms, and accepts files that are dropped on the transcript field.

for (const form of document.querySelectorAll("[data-submit-once]")) {
  form.addEventListener("submit", () => {
    const button = form.querySelector("button");
    // Deferred, because a form does not submit the value of a disabled button.
    setTimeout(() => {
      button.disabled = true;
      button.dataset.label = button.textContent;
      button.textContent = "Submitting …";
    });
  });
}

// Re-enables the buttons when the user navigates back to the page.
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
