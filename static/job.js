// Shows the steps of a job as they happen, and goes to the sermon when it is there.
const job = document.querySelector("[data-job-events]");
const steps = job?.querySelector("[data-job-steps]");
const log = job?.querySelector("[data-job-log]");

// The same words as the server's, in src/http/web/job.rs.
const TITLES = {
  video: "Ask YouTube for the video",
  channel: "Look at the channel",
  captions: "Fetch the captions",
  read: "Read the captions",
  analyze: "Find the Bible references",
  save: "Keep the result",
  spool: "Let the result wait for the database",
};

function showStep({ name, state }) {
  let item = steps.querySelector(`[data-step="${CSS.escape(name)}"]`);
  if (!item) {
    item = document.createElement("li");
    item.dataset.step = name;
    const badge = document.createElement("span");
    badge.className = "badge";
    item.append(`${TITLES[name] ?? name} `, badge);
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
  // The stream tells everything from the beginning.
  steps.replaceChildren();
  log.replaceChildren();
  const events = new EventSource(job.dataset.jobEvents);
  events.addEventListener("step", (event) => showStep(JSON.parse(event.data)));
  events.addEventListener("log", (event) => showLine(JSON.parse(event.data)));
  events.addEventListener("done", (event) => {
    events.close();
    location.replace(JSON.parse(event.data).result_url);
  });
  events.addEventListener("failed", () => {
    events.close();
    // The server's page has the reason, and the form to paste the transcript.
    location.reload();
  });
}
