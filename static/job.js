// Shows the progress of a job, and opens the sermon once the job is done.
const job = document.querySelector("[data-job-events]");
const steps = job?.querySelector("[data-job-steps]");
const log = job?.querySelector("[data-job-log]");

function showStep({ name, state }) {
  // A pasted transcript skips the YouTube steps. The channel is checked only if the video was looked up.
  const isNeedless = name === "channel" ? !steps.querySelector("[data-step=video]") : /^(video|captions)$/.test(name);
  if (state === "skipped" && isNeedless) {
    steps.querySelector(`[data-step="${CSS.escape(name)}"]`)?.remove();
    return;
  }
  let item = steps.querySelector(`[data-step="${CSS.escape(name)}"]`);
  if (!item) {
    item = document.createElement("li");
    item.dataset.step = name;
    const badge = document.createElement("span");
    badge.className = "badge";
    item.append(`${steps.getAttribute(`data-title-${name}`) ?? name} `, badge);
    steps.append(item);
  }
  item.dataset.state = state;
  item.querySelector(".badge").textContent = state;
}

function showLine({ message }) {
  const item = document.createElement("li");
  item.textContent = message;
  log.append(item);
}

if (job) {
  // The stream repeats all events from the beginning.
  steps.replaceChildren();
  log.replaceChildren();
  const events = new EventSource(job.dataset.jobEvents);
  events.addEventListener("step", (event) => showStep(JSON.parse(event.data)));
  events.addEventListener("log", (event) => showLine(JSON.parse(event.data)));
  events.addEventListener("done", () => {
    events.close();
    location.replace(job.dataset.jobResult);
  });
  events.addEventListener("failed", () => {
    events.close();
    // For a failed job, the page shows the error and a form to paste the transcript.
    location.reload();
  });
}
