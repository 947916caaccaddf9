// Loads the list of jobs again while some of them are waiting or running.
if (document.querySelector("[data-jobs-active]")) {
  setInterval(() => {
    // Not while the user is about to press a button with the keyboard.
    if (!document.hidden && !document.activeElement?.closest(".row-actions")) location.reload();
  }, 5000);
}
