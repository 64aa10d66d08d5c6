/** What the pages tell the service worker; see `lib/web/offline-worker.js`. */
type Told =
  | { kind: 'PERSON'; id: string | null }
  | { kind: 'CODE'; paths: readonly string[] }
  | { kind: 'PAGE'; path: string; name: string };

/** The query whose answer the service worker keeps for places without network. */
export const keptQuery = { url: '/api/graphql?keep' };

/** Null where there is none: without https, but for this machine's own browser, or when it is switched off. */
function container(): ServiceWorkerContainer | null {
  return 'serviceWorker' in navigator ? navigator.serviceWorker : null;
}

/** Starts the service worker and tells it whose device this is now. */
export async function watchOffline(personId: string | null): Promise<void> {
  const workers = container();
  if (!workers) return;
  if (personId !== null) await workers.register('/offline-worker.js').catch(() => {});
  else if (!(await workers.getRegistration())) return;
  await tell({ kind: 'PERSON', id: personId });
  if (personId !== null) await tell({ kind: 'CODE', paths: loadedPaths() });
}

/** Keeps the element's page, on phones and tablets: that is what people take where there is no network. */
export async function keepElementPage(path: string, name: string): Promise<void> {
  if (window.matchMedia('(pointer: coarse)').matches) await tell({ kind: 'PAGE', path, name });
}

async function tell(told: Told): Promise<void> {
  const registration = await container()?.getRegistration();
  if (!registration) return;
  const ready = await container()?.ready;
  ready?.active?.postMessage(told);
}

function loadedPaths(): string[] {
  return performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname);
}
