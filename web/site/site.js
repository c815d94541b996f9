// The page of `keras-s2s site`: a form per task. The site has it in `static/`.

const site = JSON.parse(document.getElementById("site").textContent);
/** In a page of a single file `single.js` says where the runtime is. */
const opening = globalThis.opening ?? {};

/** Lets the service worker store what is fetched from now on, so that the page works offline. */
async function store() {
  const { serviceWorker } = navigator;
  await serviceWorker.register("service-worker.js");
  if (!serviceWorker.controller) {
    await new Promise((resolve) => serviceWorker.addEventListener("controllerchange", resolve, { once: true }));
  }
}

// The modules of a form read its elements at once.
const translation = site.directions.length ? await import("./translate.js") : null;
const segmentation = site.segmenters.length ? await import("./segment.js") : null;
const patience = new Promise((resolve) => setTimeout(resolve, 5000));
if (navigator.serviceWorker && !globalThis.opening) {
  translation?.say("Loading …");
  // Without it (private windows of some browsers) the page works, but only online.
  await Promise.race([store().catch(() => {}), patience]);
}
translation?.startTranslation(site, opening);
segmentation?.startSegmentation(opening);
