// Reloads the job list while any job is waiting or running.
if (document.querySelector("[data-jobs-active]")) {
  setInterval(() => {
    // Do not reload while a button in the list has the keyboard focus.
    if (!document.hidden && !document.activeElement?.closest(".row-actions")) location.reload();
  }, 5000);
}
